"""Links to the service's own pages: every form of the template, and nothing in them that must not be there."""

import types
import urllib.request
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk import AsyncStationThis, ConfigError, FeatureDisabled, InvalidInput, StationThis
from stationthis_sdk.config import load_settings
from stationthis_sdk.places import data_folder
from stationthis_sdk.profiles import Profiles
from stationthis_sdk.ui import KINDS, Links

ID = "5ea8723e-4701-4d69-8604-8932801f2083"
KEY = "a-key-that-nobody-sees"
APP = "https://app.example.com"


def links(template=None, *, key=KEY, base_url="https://api.example.com/api", **environ):
    """Links of settings with this template in the environment."""
    environ |= {"STATIONTHIS_UI_URL": template} if template is not None else {}
    return Links(load_settings(key, base_url, environ=environ))


def thing(found):
    """Somebody's own class, which has an id."""
    return types.SimpleNamespace(id=found)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("template", "link"),
    [
        ("https://app.example.com/{kind}s/{id}", "https://app.example.com/KINDs/ID"),
        ("  https://app.example.com/{kind}s/{id}\n", "https://app.example.com/KINDs/ID"),
        ("HTTP://app.example.com:8080/{id}", "HTTP://app.example.com:8080/ID"),
        ("https://app.example.com/{kind}/{id}?open={kind}&id={id}", "https://app.example.com/KIND/ID?open=KIND&id=ID"),
        ("https://app.example.com/#/{kind}/{id}", "https://app.example.com/#/KIND/ID"),
        ("https://{kind}.example.com/{id}", "https://KIND.example.com/ID"),
        ("https://{id}.example.com/", "https://ID.example.com/"),
        ("https://bücher.example/{id}", "https://bücher.example/ID"),
        ("http://[::1]:3000/{id}", "http://[::1]:3000/ID"),
    ],
)  # fmt: skip
def test_every_form_of_a_template(kind, template, link):
    """The kind and the id stand wherever the template has them, of an id and of what has one."""
    expected = link.replace("KIND", kind).replace("ID", ID)
    assert getattr(links(template), kind)(ID) == expected
    assert getattr(links(template), kind)(thing(ID)) == expected


def test_without_a_template_the_error_says_how_to_set_one():
    """Nothing is guessed of a service elsewhere, an empty template is none, and both say which variable to set."""
    for found in (links(), links(""), links("  ")):
        for kind in KINDS:
            with pytest.raises(ConfigError, match=f"the page of a {kind} is .* set STATIONTHIS_UI_URL=https"):
                getattr(found, kind)(ID)


@pytest.mark.parametrize(
    "template",
    [
        "javascript:alert('{id}')",
        "JavaScript://app.example.com/%0aalert(1)//{id}",
        "data:text/html,{id}",
        "file:///etc/{id}",
        "ftp://app.example.com/{id}",
        "app.example.com/{id}",
        "//app.example.com/{id}",
        "/runs/{id}",
        "https:{id}",
        "https:///{id}",
        "https://user:password@app.example.com/{id}",
        "https://token@app.example.com/{id}",
        "https://app.example.com\\@elsewhere.example.com/{id}",
        "https://app.example.com:0/{id}",
        "https://app.example.com:99999/{id}",
        "https://app.example.com:port/{id}",
        "https://[::1/{id}",
        "https://app.example.com/{id}/{secret}",
        "https://app.example.com/{id.__class__}/{id}",
        "https://app.example.com/{0}/{id}",
        "https://app.example.com/runs of {id}",
        "https://app.example.com/{id}\nSet-Cookie: a=b",
        "https://app.example.com/{id}\u202e",
        "https://app.example.com/{id}\0",
        'https://app.example.com/{id}"onmouseover="alert(1)',
        "https://app.example.com/{id}'>",
        "https://app.example.com/<script>{id}",
        "{kind}://app.example.com/{id}",
        "{id}://app.example.com/",
        "https://app.example.com/runs",
        "https://app.example.com/{ID}",
        "https://app.example.com/%7Bid%7D",
    ],
)
def test_a_template_that_is_no_web_address_is_refused(template):
    """Other schemes, none, names with passwords, odd characters, other fields or no id; what was set is not shown."""
    for kind in ("run", "session"):
        with pytest.raises(ConfigError, match=r"https://app\.comfydeploy\.com/") as told:
            getattr(links(template), kind)(thing(ID))
        assert "password" not in str(told.value).replace("nobody's name or password", "")


@given(some.text(min_size=1).filter(lambda text: text.strip(".")))
def test_an_id_stays_one_part_of_the_path(odd):
    """Whatever characters an id has, they are escaped: nothing of the address but that part depends on it."""
    try:
        link = links(f"{APP}/runs/{{id}}/view?a=1#b").run(thing(odd))
    except InvalidInput:
        assert any("\ud800" <= letter <= "\udfff" for letter in odd)
        return
    parts = urlsplit(link)
    assert (parts.netloc, parts.query, parts.fragment) == ("app.example.com", "a=1", "b")
    runs, part, view = parts.path.split("/")[1:]
    assert (runs, unquote(part), view) == ("runs", odd, "view")
    assert link.isascii()


@pytest.mark.parametrize("odd", ["evil.example", "a/b", "x@evil", "", "é"])
def test_an_id_names_no_host(odd):
    """In the place of a name within a domain an id is letters and digits, so that it leads nowhere else."""
    with pytest.raises((ConfigError, InvalidInput)):
        links("https://{id}/").run(thing(odd))
    with pytest.raises((ConfigError, InvalidInput)):
        links("https://{id}.example.com/{id}").session(thing(odd))


@pytest.mark.parametrize("odd", [".", "..", "", "\ud800", None, 7, b"x", ["x"]])
def test_what_is_no_id_is_refused(odd):
    """Parts of a path that mean something, half characters and other types are no ids."""
    for of in (thing(odd), odd):
        with pytest.raises(InvalidInput, match=r"is no .*run"):
            links(f"{APP}/{{id}}").run(of)


@pytest.mark.parametrize("text", ["../x", ID[:-1], f"{{{ID}}}", f"urn:uuid:{ID}", ID.replace("-", ""), "text-to-picture"])  # fmt: skip
def test_a_text_is_an_id_or_refused(text):
    """A name or another form of an id is refused, and the error shows what an id looks like."""
    with pytest.raises(InvalidInput, match="5ea8723e"):
        links(f"{APP}/{{id}}").workflow(text)


@pytest.mark.parametrize(
    "template",
    [
        f"{APP}/{{id}}?key={KEY}",
        f"{APP}/{KEY}/{{id}}",
        f"{APP}/{{id}}?key={KEY.replace('-', '%2D')}",
        f"https://{KEY}.example.com/{{id}}",
    ],
)
def test_no_link_holds_the_key(template):
    """A template with the key in it is refused, also escaped, and the error does not show it."""
    with pytest.raises(ConfigError, match="would hold the API key") as told:
        links(template).run(ID)
    assert KEY not in str(told.value)


def test_a_key_that_is_given_as_an_id_is_not_shown():
    """Nor is a long text repeated whole."""
    with StationThis(KEY, "https://api.example.com") as st:
        for of in (KEY, thing(KEY)):
            with pytest.raises((ConfigError, InvalidInput)) as told:
                st.ui.run(of)
            assert KEY not in str(told.value)
        with pytest.raises(InvalidInput) as told:
            st.ui.run("x" * 10_000)
        assert len(str(told.value)) < 300


def profile(home, monkeypatch, ui_url):
    """A profile in a folder of its own, with the addresses as its text says."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(home))
    Profiles(data_folder()).set("work", api_key=KEY, base_url="https://api.example.com")
    with Profiles(data_folder()).path.open("a") as file:
        file.write(f"{ui_url}\n")


def test_a_profile_has_one_template_or_one_a_kind(tmp_path, monkeypatch):
    """Its text is for all kinds; its table for those in it, and what is missing is told."""
    profile(tmp_path / "one", monkeypatch, f'ui_url = "{APP}/{{kind}}/{{id}}"')
    with StationThis(profile="work") as st:
        assert st.ui.deployment(ID) == f"{APP}/deployment/{ID}"
    table = f'[profiles.work.ui_url]\nrun = "{APP}/r/{{id}}"\nsession = "{APP}/{{kind}}?{{id}}"\nmachine = ""'
    profile(tmp_path / "table", monkeypatch, table)
    with StationThis(profile="work") as st:
        assert (st.ui.run(ID), st.ui.session(ID)) == (f"{APP}/r/{ID}", f"{APP}/session?{ID}")
        for link in (st.ui.workflow, st.ui.machine):
            with pytest.raises(ConfigError, match="ui_url in the profile"):
                link(ID)
        with pytest.raises(ConfigError, match="ui_url in the profile"):
            Links(load_settings(profile="work", base_url="http://127.0.0.1:9")).workflow(ID)


def test_the_environment_comes_before_the_profile_unless_that_was_named(tmp_path, monkeypatch):
    """As with all settings: the nearer wish counts."""
    profile(tmp_path, monkeypatch, f'ui_url = "{APP}/profile/{{id}}"')
    environ = {
        "STATIONTHIS_HOME": str(tmp_path),
        "STATIONTHIS_PROFILE": "work",
        "STATIONTHIS_UI_URL": f"{APP}/environment/{{id}}",
    }
    assert Links(load_settings(environ=environ)).run(ID) == f"{APP}/environment/{ID}"
    assert Links(load_settings(profile="work", environ=environ)).run(ID) == f"{APP}/profile/{ID}"


@pytest.mark.parametrize("written", ["7", "[]", "[1]", "{ run = 7 }", "true"])
def test_a_profile_with_anything_else_is_told(tmp_path, monkeypatch, written):
    """An address in the profile is text or a table of texts."""
    profile(tmp_path, monkeypatch, f"ui_url = {written}")
    if written == "[]":  # nothing is set
        with StationThis(profile="work") as st, pytest.raises(ConfigError, match="has to be said"):
            st.ui.run(ID)
        return
    with pytest.raises(ConfigError, match=r"work\.ui_url wants to be text"):
        StationThis(profile="work")


def test_the_gateway_has_its_own_page(gateway, st):
    """On this machine, links lead to the gateway's page, which is there, and hold no key."""
    drawing = st.deployments["text-to-picture"]
    run = drawing(prompt="a fox", seed=1, steps=1, width=32, height=32)
    found = {
        "workflow": st.ui.workflow(st.workflows["text-to-picture"]),
        "deployment": st.ui.deployment(drawing),
        "run": st.ui.run(run),
        "machine": st.ui.machine(st.machines.list()[0]),
        "session": st.ui.session(ID),
    }
    root = gateway.base_url.removesuffix("/api")
    for kind, link in found.items():
        assert link.startswith(f"{root}/#"), kind
        assert gateway.key not in link
    assert found["session"].endswith(f"#session={ID}")
    with urllib.request.urlopen(root) as page:
        text = page.read().decode()
    for kind in ("deployment", "run", "machine"):
        assert f'id="{urlsplit(found[kind]).fragment}"' in text


async def test_both_colours_link_alike_and_send_nothing(gateway, monkeypatch):
    """Of runs, deployments, workflows, machines and versions of both colours; the wrong kind is refused."""
    monkeypatch.setenv("STATIONTHIS_UI_URL", f"{APP}/{{kind}}s/{{id}}")
    async with AsyncStationThis(gateway.key, gateway.base_url) as ast:
        workflow = await ast.workflows.get("text-to-picture")
        version = await workflow.version(1)
        drawing = await ast.deployments.get("text-to-picture")
        run = await drawing.submit(prompt="a fox", seed=1, steps=1, width=32, height=32)
        await run.wait()
        (machine, *_) = await ast.machines.list()
        asked = len(ast.last_requests)
        things = {"workflow": workflow, "deployment": drawing, "run": run, "machine": machine}
        for kind, one in things.items():
            assert getattr(ast.ui, kind)(one) == f"{APP}/{kind}s/{one.id}"
            assert getattr(ast.ui, kind)(one.id) == f"{APP}/{kind}s/{one.id}"
            for other in things.keys() - {kind}:
                with pytest.raises(InvalidInput, match=f"is no {other}: give the {other} itself"):
                    getattr(ast.ui, other)(one)
        for link in (ast.ui.workflow, ast.ui.run):
            with pytest.raises(InvalidInput):
                link(version)
        assert ast.ui.run(run.record) == ast.ui.run(run)
        assert ast.ui.workflow(workflow.record) == ast.ui.workflow(workflow)
        assert len(ast.last_requests) == asked


def test_the_plain_colour_links_what_it_has(gateway, st, monkeypatch):
    """The same of the synchronous classes, those that somebody derived from ours included."""
    monkeypatch.setenv("STATIONTHIS_UI_URL", f"{APP}/{{kind}}s/{{id}}")
    with StationThis(gateway.key, gateway.base_url) as plain:
        drawing = plain.deployments["text-to-picture"]
        run = drawing.submit(prompt="a fox", seed=1, steps=1, width=32, height=32)
        run.wait()
        assert plain.ui.deployment(drawing) == f"{APP}/deployments/{drawing.id}"
        assert plain.ui.run(run) == f"{APP}/runs/{run.id}"
        with pytest.raises(InvalidInput, match="is no run"):
            plain.ui.run(drawing)
        derived = type("MyRun", (type(run),), {})
        mine = derived.__new__(derived)
        mine.__dict__.update(run.__dict__)
        assert plain.ui.run(mine) == plain.ui.run(run)
        with pytest.raises(InvalidInput, match="is no workflow"):
            plain.ui.workflow(mine)
    assert "run(…)" in repr(plain.ui)


def test_the_flag_comes_before_everything():
    """Switched off, even a wrong id of a service without a template is answered with the flag."""
    found = links(STATIONTHIS_UI_LINKS="off")
    for kind in KINDS:
        with pytest.raises(FeatureDisabled, match="ui_links is off"):
            getattr(found, kind)("no id")
