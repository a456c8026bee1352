"""Flags: environment, then profile, then argument; what is off sends nothing."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from stationthis_sdk import AsyncStationThis, ConfigError, FeatureDisabled, Flags, StationThis
from stationthis_sdk.config import load_settings
from stationthis_sdk.flags import load_flags, variable_of
from tests.wire import Wire, answer

NAMES = [field.name for field in attrs.fields(Flags)]
SWITCHES = some.none() | some.booleans()
ID = "5ea8723e-4701-4d69-8604-8932801f2083"


@given(some.dictionaries(some.sampled_from(NAMES), some.tuples(SWITCHES, SWITCHES, SWITCHES)))
def test_the_argument_wins_over_the_profile_over_the_environment(wishes):
    """For each flag the last place that says something is heard; otherwise its default holds."""
    said = [
        {name: places[place] for name, places in wishes.items() if places[place] is not None}
        for place in range(3)
    ]
    environ = {variable_of(name): "on" if value else "off" for name, value in said[0].items()}
    flags = load_flags(said[2], said[1], environ=environ)
    assert attrs.asdict(flags) == {**attrs.asdict(Flags()), **said[0], **said[1], **said[2]}


@pytest.mark.parametrize("word", ["1", "true", "YES", " on "])
def test_words_for_on(word):
    """What people write for yes."""
    assert load_flags(environ={"STATIONTHIS_LOCAL_FALLBACK": word}).local_fallback


@pytest.mark.parametrize(
    ("given", "environ"),
    [({"cahce": False}, {}), ({"cache": "perhaps"}, {}), (3, {}), (None, {"STATIONTHIS_CACHE": "maybe"})],
)
def test_what_is_no_flag_is_refused(given, environ):
    """A misspelt flag must not pass for one that is off."""
    with pytest.raises(ConfigError):
        load_flags(given, environ=environ)


def test_flags_of_a_profile(tmp_path):
    """A table in the profile; what is no table is told."""
    config = tmp_path / "config.toml"
    config.touch(mode=0o600)
    config.write_text('[profiles.default]\napi_key = "k"\n[profiles.default.flags]\nsessions = false\n')
    environ = {"STATIONTHIS_HOME": str(tmp_path), "STATIONTHIS_SESSIONS": "on"}
    assert not load_settings(environ=environ).flags.sessions
    assert load_settings(flags=Flags(), environ=environ).flags.sessions
    config.write_text('[profiles.default]\napi_key = "k"\nflags = "none"\n')
    with pytest.raises(ConfigError, match=r"profiles\.default\.flags"):
        load_settings(environ=environ)


def test_a_login_keeps_the_flags(tmp_path):
    """Writing a profile's key anew loses nothing else."""
    from stationthis_sdk.profiles import Profiles

    config = tmp_path / "config.toml"
    config.touch(mode=0o600)
    config.write_text('[profiles.default]\napi_key = "k"\n[profiles.default.flags]\nsessions = false\n')
    Profiles(tmp_path).set("default", api_key="new")
    assert Profiles(tmp_path).flags("default") == {"sessions": False}


def sessions(st):
    """Everything that concerns sessions."""
    yield st.sessions.list
    yield lambda: st.sessions.get(ID)
    yield lambda: st.sessions.open(machine=ID).__aenter__()
    yield lambda: st.request("POST", "/session", json={"machine_id": ID})
    yield lambda: st.request("DELETE", f"/session/{ID}")


def uploads(st):
    """Everything that sends files."""
    yield lambda: st.files.upload(b"PK\x03\x04")
    yield lambda: st.request("POST", "/file/upload")
    yield lambda: st.request("GET", "/assets/presigned-url", params={"file_name": "a", "type": "image/png"})
    yield lambda: st.files.assets.upload(b"PK\x03\x04", name="a.zip")
    yield lambda: st.models.upload(__file__, folder="loras")


def everything(st):
    """Anything at all."""
    yield st.deployments.list
    yield st.machines.list
    yield st.workflows.list
    yield st.models.list
    yield st.models.catalog
    yield st.sessions.list
    yield st.account.settings
    yield st.account.credits
    yield st.account.keys
    yield st.account.pricing
    yield lambda: st.account.pricing(otherwise={"T4": 1.0})
    yield lambda: st.deployments.get("text-to-picture")
    yield lambda: st.deployments.get(ID)
    yield lambda: st.workflows.get("text-to-picture")
    yield lambda: st.machines.get("this-machine")
    yield lambda: st.runs.get(ID)
    yield lambda: st.runs.list(deployment="text-to-picture")
    yield lambda: st.files.upload(b"PK\x03\x04")
    yield lambda: st.request("GET", "/machines")


@pytest.mark.parametrize(
    ("flag", "attempts"), [("sessions", sessions), ("uploads", uploads), ("comfy_deploy", everything)]
)
async def test_what_is_off_sends_nothing(flag, attempts):
    """Not one request leaves, and the answer names the flag and how to switch it on."""
    with Wire(answer(200, [])) as wire:
        async with AsyncStationThis("k", wire.base_url, flags={flag: False}) as st:
            for attempt in attempts(st):
                with pytest.raises(FeatureDisabled, match=variable_of(flag)) as told:
                    await attempt()
                assert told.value.flag == flag
    assert wire.asked == []


def test_a_run_with_a_webhook_is_not_started(gateway):
    """With webhooks off a run that asks for one is refused before anything is uploaded or sent."""
    with StationThis(gateway.key, gateway.base_url, flags={"webhooks": False}) as st:
        drawing = st.deployments["text-to-picture"]
        asked = len(st.last_requests)
        with pytest.raises(FeatureDisabled, match="webhooks"):
            drawing.options(webhook="http://127.0.0.1:1/hook").submit(prompt="a fox", steps=1)
        assert len(st.last_requests) == asked
        assert drawing(prompt="a fox", steps=1, seed=1).state == "success"


def test_what_is_off_is_not_told_from_copies_either(gateway):
    """With comfy_deploy off a full cache changes nothing: not one answer, not one request; back on, all is there."""
    with StationThis(gateway.key, gateway.base_url) as st:
        (
            st.deployments.list(),
            st.workflows.list(),
            st.machines.list(),
            st.account.pricing(),
            st.account.settings(),
        )
    with StationThis(gateway.key, gateway.base_url, flags={"comfy_deploy": False}) as st:
        for ask in (
            st.deployments.list,
            lambda: st.deployments["text-to-picture"],
            st.workflows.list,
            st.machines.list,
            st.account.settings,
            st.account.pricing,
            lambda: st.account.pricing(otherwise={"T4": 1.0}),
        ):
            with pytest.raises(FeatureDisabled) as told:
                ask()
            assert told.value.flag == "comfy_deploy"
        assert st.last_requests == ()
        assert st.cache.info().off == "the flag comfy_deploy is off"
    with StationThis(gateway.key, gateway.base_url) as st:
        assert st.deployments.list()[0].source.kind == "cache"


def test_without_the_cache_nothing_is_written_and_everything_asked(gateway, tmp_path, monkeypatch):
    """By argument or environment: nothing but the ledger is written, each list is a request, and no result is remembered or recalled."""
    home = tmp_path / "home"
    monkeypatch.setenv("STATIONTHIS_HOME", str(home))
    small = {"prompt": "a fox", "seed": 1, "steps": 1, "width": 32, "height": 32}
    monkeypatch.setenv("STATIONTHIS_CACHE", "off")
    with StationThis(gateway.key, gateway.base_url) as st:
        for asked in (1, 2):
            assert {one.source.kind for one in st.machines.list()} == {"api"}
            assert len(st.last_requests) == asked
        drawing = st.deployments["text-to-picture"]
        before = len(st.last_requests)
        with pytest.raises(FeatureDisabled) as told:
            drawing.options(cache=True).submit(small)
        assert (told.value.flag, len(st.last_requests)) == ("cache", before)
        assert drawing(small).state == "success"
        assert st.cache.info().off == "the flag cache is off"
        assert (st.cache.info().copies, st.cache.clear(), st.cache.verify().rows) == ((), 0, 0)
        assert "off" in repr(st.cache)
    assert {path.name.partition("-")[0] for path in home.iterdir()} == {"ledger.db"}, (
        "people's data is no copy"
    )
    with StationThis(gateway.key, gateway.base_url, flags={"cache": True}) as st:
        kept = st.deployments["text-to-picture"].options(cache=True)
        first = kept(small)
        assert kept(small).id == first.id
        assert st.machines.list()[0].source.kind == "api"
    assert (home / "cache").is_dir()
    with StationThis(gateway.key, gateway.base_url, flags={"cache": False}) as st:
        assert st.machines.list()[0].source.kind == "api"
        with pytest.raises(FeatureDisabled):
            st.deployments["text-to-picture"].options(cache=True)(small)


def test_without_links_to_the_services_pages(gateway):
    """Each of them is refused, of an id and of the thing itself, and nothing is asked."""
    with StationThis(gateway.key, gateway.base_url, flags={"ui_links": False}) as st:
        drawing = st.deployments["text-to-picture"]
        asked = len(st.last_requests)
        for link, of in (
            (st.ui.workflow, ID),
            (st.ui.deployment, drawing),
            (st.ui.run, ID),
            (st.ui.session, ID),
            (st.ui.machine, ID),
        ):
            with pytest.raises(FeatureDisabled) as told:
                link(of)
            assert told.value.flag == "ui_links"
        assert len(st.last_requests) == asked


def test_a_run_that_needs_an_upload_is_not_started(gateway):
    """With uploads off a picture is not sent and no run is made of it; what needs none runs."""
    with StationThis(gateway.key, gateway.base_url, flags={"uploads": False}) as st:
        with pytest.raises(FeatureDisabled) as told:
            st.deployments["picture-to-picture"](input_image=Image.new("RGB", (8, 8)), strength=0.4)
        assert told.value.flag == "uploads"
        assert {one.method for one in st.last_requests} <= {"GET"}
        run = st.deployments["text-to-picture"](prompt="a fox", seed=2, steps=1, width=32, height=32)
        assert run.state == "success"


def test_flags_of_recipes_are_theirs_alone(gateway):
    """Without training and collections all else goes on."""
    flags = {"training": False, "collections": False}
    with StationThis(gateway.key, gateway.base_url, flags=flags) as st:
        assert st.deployments["text-to-picture"](prompt="a fox", seed=3, steps=1, width=32, height=32).state
        assert st.models.list() is not None


@pytest.mark.slow
async def test_what_is_off_is_off_on_this_machine_as_well(tmp_path, monkeypatch):
    """The gateway that a client may fall back on is used with the client's flags, but falls back on nothing."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path))
    flags = {"local_fallback": True, "uploads": False}
    async with AsyncStationThis("k", "https://cloud.example/api", flags=flags) as st:
        here = await st._ready.context.here.client()
        assert here.settings.flags == Flags(uploads=False)
        with pytest.raises(FeatureDisabled):
            await here.files.upload(b"PK\x03\x04")
