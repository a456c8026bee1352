"""The gateway's own page over plain HTTP: its files, who may frame or misname it, and its stream of happenings."""

import asyncio
import json
import re
from contextlib import aclosing, asynccontextmanager

import aiohttp
import attrs
import pytest

from stationthis_sdk.local import Gateway
from stationthis_sdk.local.answers.watched import preview_json
from stationthis_sdk.local.engines import Previewed
from stationthis_sdk.local.rows.runs import Output
from tests.local.conftest import ENDED, ENDLESS, PATIENCE, Api
from tests.local.routes.people import keep, machine_named, machine_of, people_at, run_row, workflow


def root_of(api):
    """The gateway's address without a path."""
    return api.gateway.base_url.removesuffix("/api")


@attrs.frozen
class Event:
    """One server-sent event; a comment has no name."""

    name: str
    id: str
    data: object


async def _events(answer):
    name, event_id = "", ""
    async for raw in answer.content:
        line = raw.decode().rstrip("\n")
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "id":
            event_id = value
        elif field == "data":
            yield Event(name, event_id, json.loads(value))
            name = event_id = ""
        elif field == "" and value:
            yield Event("", "", value)


@asynccontextmanager
async def watching(api, last=None):
    """A page's stream, as long as it is looked at."""
    headers = {"Authorization": f"Bearer {api.key}"}
    if last is not None:
        headers["Last-Event-ID"] = last
    async with asyncio.timeout(PATIENCE):
        async with api.session.get(f"{root_of(api)}/local/events", headers=headers) as answer:
            assert answer.status == 200
            assert answer.content_type == "text/event-stream"
            async with aclosing(_events(answer)) as events:
                yield events


async def first(api, last=None):
    """What a page is told when it opens."""
    async with watching(api, last) as events:
        return await anext(events)


async def test_the_page_and_its_parts_need_no_key(api):
    """A key in the fragment is not sent, so nothing here may need one; each part is of the right kind."""
    async with api.session.get(f"{root_of(api)}/") as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
        text = await answer.text()
    parts = set(re.findall(r'(?:src|href)="(/[^"#]+)"', text))
    assert parts == {f"/local/page/{name}" for name in ("icon.svg", "page.css", "page.js")}
    seen = set()
    kinds = {"svg": "image/svg+xml", "css": "text/css", "js": "text/javascript"}
    while parts - seen:
        path = (parts - seen).pop()
        seen.add(path)
        async with api.session.get(f"{root_of(api)}{path}") as answer:
            assert (answer.status, answer.content_type) == (200, kinds[path.rpartition(".")[2]])
            parts |= {f"/local/page/{name}" for name in re.findall(r'from "\./([^"]+)"', await answer.text())}
    assert len(seen) > 3


@pytest.mark.parametrize("path", ["/", "/local/page/page.js", "/local/page/icon.svg"])
async def test_headers(api, path):
    """No script but its own, no frame around it, no guess of kinds, no referrer, no cookie."""
    async with api.session.get(f"{root_of(api)}{path}") as answer:
        headers = answer.headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["img-src"] == "'self' blob: data:"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in headers


async def test_nothing_in_the_page_makes_markup_of_data(api):
    """No module uses what parses text as HTML or as a program."""
    async with api.session.get(f"{root_of(api)}/local/page/page.js") as answer:
        names = {"page.js", *re.findall(r'from "\./([^"]+)"', await answer.text())}
    for name in names:
        async with api.session.get(f"{root_of(api)}/local/page/{name}") as answer:
            text = await answer.text()
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(", text
        )


@pytest.mark.parametrize("path", ["/", "/local/page/page.js", "/local/events"])
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "[::2]:{port}", ""]
)
async def test_a_name_of_somebody_elses_is_misdirected(api, path, host):
    """A page of theirs whose name leads here (DNS rebinding) gets nothing, even with the right key."""
    port = root_of(api).rpartition(":")[2]
    headers = {"Host": host.format(port=port), "Authorization": f"Bearer {api.key}"}
    async with api.session.get(f"{root_of(api)}{path}", headers=headers) as answer:
        assert answer.status == 421
        assert f"http://127.0.0.1:{port}/" in (await answer.json())["detail"]


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
async def test_this_machines_own_names_are_right(api, name):
    """Whichever of them people type."""
    headers = {"Host": f"{name}:{root_of(api).rpartition(':')[2]}"}
    async with api.session.get(f"{root_of(api)}/", headers=headers) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    "name", ["__init__.py", "..%2f..%2fgateway.sqlite", "%00", "a%0Ab", "x" * 4000, "%ED%A0%80", "", "../key"]
)
async def test_only_the_pages_files_are_given(api, name):
    """Any other name is not found, whatever it is."""
    async with api.session.get(f"{root_of(api)}/local/page/{name}") as answer:
        assert answer.status in {401, 404}
        assert "detail" in await answer.json()


async def test_a_strange_cookie_changes_nothing_for_the_page(api):
    """Cookies know no ports: another program's session on this machine is no key of ours."""
    async with api.session.get(f"{root_of(api)}/", headers={"Cookie": "__session=other"}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
async def test_the_stream_needs_a_key(api, headers):
    """As everything that tells of runs does."""
    async with api.session.get(f"{root_of(api)}/local/events", headers=headers) as answer:
        assert answer.status == 401


async def test_a_run_is_told_from_its_beginning_to_its_end(api):
    """First what there is, then each change; pictures by paths without a host, ready for any of its names."""
    async with watching(api) as events:
        assert (await anext(events)).data["runs"] == []
        run_id = await api.submit(inputs={"steps": 6})
        seen = []
        async for event in events:
            assert event.name == "runs"
            assert event.id.isdigit()
            seen += [run for run in event.data["runs"] if run["id"] == run_id]
            if seen[-1]["status"] in ENDED:
                break
    last = seen[-1]
    assert (last["status"], last["progress"], last["error"]) == ("success", 1.0, None)
    assert (last["name"], last["machine"], last["environment"]) == (
        "text-to-picture", "this-machine", "production",
    )  # fmt: skip
    assert last["inputs"]["prompt"] == "a test"
    (picture,) = last["outputs"][0]["data"]["images"]
    assert picture["url"].startswith("/files/outputs/")
    async with api.session.get(root_of(api) + picture["url"]) as answer:
        assert answer.status == 200
    progress = [run["progress"] for run in seen]
    assert progress == sorted(progress)


async def test_a_failure_has_its_reason(api):
    """Unlike in the API, which has no field for it."""
    await api.ended(await api.run_graph({"1": {"class_type": "<script>", "inputs": {}}}))
    (run,) = (await first(api)).data["runs"]
    assert run["status"] == "failed"
    assert "<script>" in run["error"]
    assert run["deployment_id"] is None


async def test_changes_are_gathered(api):
    """However fast a run steps, a page is told a few times a second: far fewer events than steps."""
    async with watching(api) as events:
        await anext(events)
        run_id = await api.submit(inputs={"steps": 60, "width": 16, "height": 16})
        told = 0
        async for event in events:
            told += 1
            if event.data["runs"][-1]["status"] in ENDED:
                break
    lines = (await api("GET", f"/v2/clickhouse-run-logs/{run_id}")).body
    assert lines is not None
    assert told < 60


async def test_one_comes_back_to_what_has_changed(api):
    """By the id of the last event; what had ended long before is not told again."""
    long_ago = 1_700_000_000_000_000
    flow = await workflow(api)
    machine = await machine_named(api)
    old = run_row(flow, machine, created_at=long_ago, updated_at=long_ago)
    late = run_row(flow, machine, created_at=long_ago, updated_at=long_ago)
    await keep(api, old, late)
    begun = await first(api)
    assert {run["id"] for run in begun.data["runs"]} == {old.id, late.id}
    api.gateway.clock.advance(60)
    await keep(api, Output(run_id=late.id, data={"text": ["late"]}, created_at=api.gateway.clock.now()))
    missed = await api.submit()
    await api.ended(missed)
    again = await first(api, begun.id)
    assert again.name == "runs"
    assert {run["id"] for run in again.data["runs"]} == {late.id, missed}
    assert (await first(api, again.id)).name == "runs"


@pytest.mark.parametrize("last", ["-1", "x", "9" * 30, "1e9", "٣"])
async def test_a_strange_last_event_is_none(api, last):
    """The page is told everything."""
    assert (await first(api, last)).name == "snapshot"


async def test_very_old_news_come_as_a_whole(api):
    """Who missed more than can be told in pieces begins anew; all that live are shown, and the newest others."""
    flow, machine = await workflow(api), await machine_named(api)
    await keep(api, *(run_row(flow, machine) for _ in range(501)))
    begun = await first(api, "1")
    assert begun.name == "snapshot"
    assert len(begun.data["runs"]) == 60
    await keep(api, run_row(flow, machine, status="running", created_at=1_700_000_000_000_000))
    assert len((await first(api)).data["runs"]) == 61


async def test_what_the_page_is_told_is_found_by_indexes(api):
    """However many runs are kept, none is looked at in vain: at first, on coming back, and for a machine's events."""
    machine = await machine_named(api)
    asked = []

    def listen(tables):
        tables._connection.set_trace_callback(asked.append)

    def plans(tables):
        tables._connection.set_trace_callback(None)
        return [
            (row["detail"], query)
            for query in asked
            if query.startswith("SELECT") and re.search(r"FROM (runs|outputs)\b", query)
            for row in tables._connection.execute(f"EXPLAIN QUERY PLAN {query}")
        ]

    await api.gateway.services.database.do(listen)
    begun = await first(api)
    await first(api, begun.id)
    assert (await api("GET", f"/machine/{machine}/events")).status == 200
    told = await api.gateway.services.database.do(plans)
    assert len(told) >= 4
    assert [one for one in told if re.match(r"SCAN (runs|outputs)(?! USING INDEX)", one[0])] == []


async def test_walls(api):
    """Nobody sees another's runs: neither at first, nor live, nor by coming back."""
    people = await people_at(api)
    graph_of = {person: await machine_of(api, user, org) for person, user, org in (
        (people.stranger, "user_two", None), (people.member, "user_local", "org_acme"),
    )}  # fmt: skip
    assert graph_of
    ran = await api.submit()
    await api.ended(ran)
    for person in people.foreign:
        async with watching(person) as events:
            begun = await anext(events)
            assert begun.data["runs"] == []
            await api.ended(await api.submit())
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(events), 0.3)
        assert (await first(person, "1")).data["runs"] == []
    org_run = run_row(await workflow(people.member), "gone", user_id="user_local", org_id="org_acme")
    await keep(api, org_run)
    assert [run["id"] for run in (await first(people.colleague)).data["runs"]] == [org_run.id]
    assert org_run.id not in {run["id"] for run in (await first(api)).data["runs"]}


async def test_silence_is_broken(api, monkeypatch):
    """A comment now and then, so that both sides notice when the other has gone."""
    monkeypatch.setattr("stationthis_sdk.local.runs.watching.HEARTBEAT", 0.05)
    async with watching(api) as events:
        await anext(events)
        assert await anext(events) == Event("", "", "nothing new")


async def test_the_stream_ends_with_the_gateway(tmp_path):
    """Nobody who watches keeps it from ending."""
    gateway = Gateway(tmp_path / "other")
    await gateway.start()
    async with aiohttp.ClientSession() as session, watching(Api(gateway, session)) as events:
        await anext(events)
        await gateway.stop()
        assert [event async for event in events] == []


async def test_what_is_huge_is_cut(api):
    """A prompt of a million characters, half a surrogate pair and a deep list do not fill a page."""
    inputs = {"prompt": "x" * 1_000_000, "half": "\ud800", **{f"n{number}": number for number in range(300)}}
    run = run_row(await workflow(api), await machine_named(api), workflow_inputs=inputs)
    await keep(api, run, *(Output(run_id=run.id, data={"text": ["y" * 50_000]}) for _ in range(150)))
    (shown,) = (await first(api)).data["runs"]
    assert len(shown["inputs"]) == 100
    assert len(shown["inputs"]["prompt"]) == 2001
    assert shown["inputs"]["half"] == "?"
    assert len(shown["outputs"]) == 100
    assert len(shown["outputs"][0]["data"]["text"][0]) == 2001


async def test_private_pictures_are_told_by_signed_links(api):
    """They can be seen for a while, by whoever is told of them."""
    await api("PUT", "/platform/user-settings", json={"output_visibility": "private"})
    await api.ended(await api.submit())
    (run,) = (await first(api)).data["runs"]
    url = run["outputs"][0]["data"]["images"][0]["url"]
    assert url.startswith("/files/private/")
    async with api.session.get(root_of(api) + url) as answer:
        assert answer.status == 200
    async with api.session.get(root_of(api) + url.partition("?")[0]) as answer:
        assert answer.status == 403


async def test_who_may_cancel(api):
    """A classic machine can't, so the page offers none there; a strict gateway can everywhere."""
    running = await api.submit(inputs=ENDLESS)
    graph = {"1": {"class_type": "StationThisPicture", "inputs": {"prompt": "", "seed": 1, **ENDLESS}}}
    classic = await api.run_graph(graph, "classic-machine")
    shown = {run["id"]: run["can_cancel"] for run in (await first(api)).data["runs"]}
    assert shown == {running: True, classic: False}


def test_previews_are_pictures_or_nothing():
    """What an engine calls a preview is shown only as a picture of a kind that can't act, and of a fair size."""
    run = run_row("w", "m")
    shown = preview_json(run, Previewed("1", b"\x89PNG", "image/png"))
    assert shown == {"id": run.id, "url": "data:image/png;base64,iVBORw=="}
    assert preview_json(run, Previewed("1", b"<svg>", "image/svg+xml")) is None
    assert preview_json(run, Previewed("1", b"x" * 2_000_000, "image/png")) is None
