"""Where the gateway goes at somebody's word, and where it doesn't."""

import asyncio
import io
import socket

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from yarl import URL

from stationthis_sdk.local import Gateway
from stationthis_sdk.local.__main__ import main
from stationthis_sdk.local.folder import GatewayError
from stationthis_sdk.local.reach import OutOfReach, Reach
from tests.local.conftest import Api, picture_graph

INWARD = [
    "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "0.0.0.0",
    "224.0.0.1", "239.255.255.250", "255.255.255.255", "192.0.0.192", "198.18.0.1", "240.0.0.1", "168.63.129.16",
    "[::]", "[fd00:ec2::254]", "[fe80::1]", "[ff02::1]", "[fec0::1]", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::1]", "[2002:0a00:0001::]", "[2001:db8::1]",
    "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:0:5db8:d70e::80ff:fffe]",
    "metadata.google.internal", "METADATA.google.internal.", "metadata",
]  # fmt: skip
OUTWARD = ["93.184.215.14", "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]", "example.com", "[64:ff9b::5db8:d70e]"]
HERE = ["127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]", "localhost", "LOCALHOST.", "a.localhost"]


def _asked(reach: Reach, host: str, *, sending: bool = False) -> bool:
    try:
        reach.check(URL(f"http://{host}/x"), sending=sending)
    except OutOfReach as problem:
        return "--allow-host" not in str(problem)
    return True


@pytest.mark.parametrize("host", INWARD)
def test_what_only_this_machine_can_reach_is_refused(host):
    """Unless its owner allows the host; then it may be asked and sent to."""
    assert not _asked(Reach(), host)
    assert not _asked(Reach(), host, sending=True)
    allowing = Reach([host.rstrip(".")])
    assert _asked(allowing, host)
    assert _asked(allowing, host, sending=True)
    assert not _asked(Reach(["other.example"]), host)


@pytest.mark.parametrize("host", OUTWARD)
def test_the_public_internet_may_be_fetched_from_but_not_sent_to(host):
    """Webhooks carry people's outputs: they go to this machine, or where they are allowed to."""
    assert _asked(Reach(), host)
    assert not _asked(Reach(), host, sending=True)
    assert _asked(Reach([host]), host, sending=True)


@pytest.mark.parametrize("host", HERE)
def test_this_machine_may_be_asked_and_sent_to(host):
    """It is whose gateway this is."""
    assert _asked(Reach(), host)
    assert _asked(Reach(), host, sending=True)


@pytest.mark.parametrize(
    "url",
    ["ftp://127.0.0.1/x", "file:///etc/passwd", "http:///x", "//127.0.0.1/x", "gopher://127.0.0.1/", "x",
     "http://ada@127.0.0.1/", "http://ada:secret@127.0.0.1/", "http://:secret@127.0.0.1/"],
)  # fmt: skip
def test_what_is_no_plain_address_is_refused(url):
    """Only http and https, without a user or a password."""
    with pytest.raises(OutOfReach):
        Reach(["127.0.0.1"]).check(URL(url))


@pytest.mark.parametrize(
    "host", ["", " ", "http://x", "x/y", "a b", "ada@x", "127.0.0.1:80", "localhost:80", "*.example"]
)
def test_an_allowed_host_is_a_host(host):
    """Anything else is told at once, also by the gateway."""
    with pytest.raises(ValueError, match="is no host"):
        Reach([host])
    with pytest.raises(GatewayError, match="is no host"):
        Gateway("unused", allow_hosts=[host])


def test_the_process_says_what_is_wrong_with_an_allowed_host(tmp_path, capsys):
    """In one line, before it serves anything."""
    assert main(["--data", str(tmp_path), "--allow-host", "http://x/"]) == 1
    assert "is no host" in capsys.readouterr().err


@settings(deadline=None)
@given(st.ip_addresses())
def test_every_address_is_here_or_public_or_refused(address):
    """By the registries' own words, through every wrapping."""
    shown = f"[{address}]" if address.version == 6 else str(address)
    if _asked(Reach(), shown):
        assert address.is_loopback or (address.is_global and not address.is_multicast) or address.version == 6
    if address.is_private and not address.is_loopback and address.version == 4:
        assert not _asked(Reach(), shown)


@pytest.fixture
async def server():
    """A server on this machine that notes what it is asked."""
    asked = []

    async def answer(request):
        asked.append(
            (request.method, request.path, await request.text(), request.headers.get("Authorization"))
        )
        if request.path == "/picture.png":
            out = io.BytesIO()
            Image.new("RGB", (8, 6)).save(out, "PNG")
            return web.Response(body=out.getvalue())
        if request.path.startswith("/to"):
            return web.Response(status=int(request.path[-3:]), headers={"Location": request.query["at"]})
        if request.path.startswith("/circle"):
            return web.Response(status=int(request.path[-3:]), headers={"Location": request.path})
        return web.Response(text="here")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    await runner.cleanup()


class _Names:
    """Names as an evil name server tells them: another address each time."""

    def __init__(self, monkeypatch, *answers):
        self.answers = list(answers)
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "getaddrinfo", self.tell)

    async def tell(self, host, port, **_more):
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]


async def _get(reach, url, **more):
    async with reach.session(silence=5) as session, reach.answer(session, "GET", url, **more) as answer:
        return await answer.text()


async def test_a_name_is_looked_up_once_and_its_address_is_used(server, monkeypatch):
    """What it says a second time is never asked for, so a name can't change between check and use."""
    port = server[0].rpartition(":")[2]
    names = _Names(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
    assert await _get(Reach(), f"http://rebinding.example:{port}/x") == "here"
    assert names.answers == [["10.0.0.1"]]
    with pytest.raises(OutOfReach, match=r"--allow-host rebinding\.example"):
        await _get(Reach(), f"http://rebinding.example:{port}/x")


async def test_a_name_with_one_address_out_of_reach_is_refused(server, monkeypatch):
    """However many good ones it has beside it; an allowed name may have any."""
    port = server[0].rpartition(":")[2]
    _Names(monkeypatch, ["127.0.0.1", "169.254.169.254"])
    with pytest.raises(OutOfReach):
        await _get(Reach(), f"http://mixed.example:{port}/x")
    assert await _get(Reach(["mixed.example"]), f"http://mixed.example:{port}/x") == "here"


@pytest.mark.parametrize(
    "odd", ["127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "2852039166", "0xa9fea9fe"]
)
async def test_odd_spellings_of_addresses_lead_nowhere_else(odd):
    """Refused, or looked up like a name and then checked."""
    with pytest.raises((OutOfReach, aiohttp.ClientError, OSError)):
        await _get(Reach(), f"http://{odd}:9/x")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed_within_reach_only(server, status):
    """Each step is checked anew; a circle ends; headers stay with whom they were meant for."""
    base, asked = server
    there = base.replace("127.0.0.1", "localhost")
    token = {"Authorization": "Bearer secret"}
    assert await _get(Reach(), f"{base}/to{status}?at={there}/x", headers=token) == "here"
    assert [one[3] for one in asked] == ["Bearer secret", None]
    assert await _get(Reach(), f"{base}/to{status}?at=/x", headers=token) == "here"
    assert asked[-1][3] == "Bearer secret"
    for out in ("http://169.254.169.254/", "file:///etc/passwd", "http://[::1", "http://a:b@127.0.0.1/"):
        with pytest.raises(OutOfReach):
            await _get(Reach(), f"{base}/to{status}?at={out}")
    with pytest.raises(OutOfReach, match="sent on more than 5 times"):
        await _get(Reach(), f"{base}/circle{status}")


async def test_proxies_of_the_environment_are_not_used(server, monkeypatch):
    """Nobody would know where their connections end."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert await _get(Reach(), f"{server[0]}/x") == "here"


async def test_a_webhook_that_goes_elsewhere_is_refused_at_submit(api):
    """422 with what would let it; no run is made."""
    deployment = await api.deployment()
    for url in ("https://hooks.example.com/x", "http://10.0.0.1/x", "http://ada:pw@127.0.0.1/x"):
        body = {"deployment_id": deployment["id"], "inputs": {}, "webhook": url}
        answer = await api("POST", "/run/deployment/queue", json=body)
        assert answer.status == 422
        (fault,) = answer.body["detail"]
        assert fault["loc"] == ["body", "webhook"]
        assert ("--allow-host" in fault["msg"]) == ("ada" not in url)


async def test_a_webhook_to_an_allowed_host_is_delivered(tmp_path, session, receiver, monkeypatch):
    """Also by a name that only its owner's network knows."""
    gateway = Gateway(tmp_path, allow_hosts=["hooks.example"])
    await gateway.start()
    _Names(monkeypatch, ["127.0.0.1"])
    api = Api(gateway, session)
    url = receiver.url.replace("127.0.0.1", "hooks.example")
    run_id = await api.run_graph(picture_graph(), webhook=url)
    await receiver.until(lambda bodies: any(body["status"] in {"success", "failed"} for body in bodies))
    assert (await api.ended(run_id))["webhook"] == url
    await gateway.stop()


async def test_a_webhook_is_sent_on_within_reach_only(api, server, receiver):
    """307 with its body; where it would leave this machine it is given up."""
    base, asked = server
    await api.ended(await api.run_graph(picture_graph(), webhook=f"{base}/to307?at={receiver.url}"))
    await receiver.until(lambda bodies: any(body["status"] in {"success", "failed"} for body in bodies))
    assert {one[0] for one in asked} == {"POST"}


async def test_a_run_fetches_pictures_within_reach_only(api, server):
    """One of this machine is drawn on; one of the network behind it is as if it were not there."""
    base, _ = server
    for url, status in (
        (f"{base}/picture.png", "success"),
        (f"{base}/to302?at=http://169.254.169.254/", "failed"),
    ):
        graph = {
            "1": {"class_type": "LoadImage", "inputs": {"image": url}},
            "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "a"}},
        }
        assert (await api.ended(await api.run_graph(graph)))["status"] == status


async def test_outputs_of_a_private_account_have_links_that_expire(api, gateway, session):
    """Signed anew at each read, said not to be public, and no use to a run once they are old."""
    from stationthis_sdk.local.rows.accounts import Settings

    settings = Settings(user_id="user_local", output_visibility="private")
    await gateway._services.database.do(lambda tables: tables.add(settings))
    graph = picture_graph()
    graph["2"]["inputs"].update({"filename_prefix": "a", "quality": 80})
    run = await api.ended(await api.run_graph(graph))
    (item,) = run["outputs"][0]["data"]["images"]
    assert item["is_public"] is False
    assert "X-Amz-Expires=3600" in item["url"]
    async with session.get(item["url"]) as answer:
        assert (answer.status, answer.content_type) == (200, "image/png")
    async with session.get(item["url"].partition("?")[0]) as answer:
        assert answer.status == 403
    other = picture_graph(seed=2)
    other["2"]["inputs"].update({"filename_prefix": "a", "quality": 80})
    second = (await api.ended(await api.run_graph(other)))["outputs"][0]["data"]["images"][0]["url"]

    async def loaded(url):
        graph = {
            "1": {"class_type": "LoadImage", "inputs": {"image": url}},
            "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "a"}},
        }
        return (await api.ended(await api.run_graph(graph)))["status"]

    assert await loaded(second) == "success"
    gateway.clock.advance(3601)
    assert await loaded(item["url"]) == "failed"
    (again,) = (await api("GET", f"/run/{run['id']}")).body["outputs"][0]["data"]["images"]
    async with session.get(again["url"]) as answer:
        assert answer.status == 200
