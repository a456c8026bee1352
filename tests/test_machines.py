"""Machines: made, built, changed by the right route, gone back, deleted; and their secrets."""

import asyncio

import pytest

from stationthis_sdk import (
    AmbiguousName,
    AsyncStationThis,
    InvalidInput,
    NotFound,
    Refused,
    StationThis,
    TimedOut,
    ValidationFailed,
)
from stationthis_sdk.entities.machines import CUSTOM_SETTINGS, SERVERLESS_SETTINGS
from stationthis_sdk.errors import MachineFailed
from stationthis_sdk.testing import LocalGateway
from tests.wire import CLOSE, CRASH, Wire, answer

ID = "90e08208-6079-4e97-b95d-91998d56d1b6"
VERSION = "0b1f6c7e-58ea-4a6c-9c63-fd0a4c1d9a55"
GRAPH = {
    "1": {
        "class_type": "ComfyUIDeployExternalText",
        "inputs": {"input_id": "prompt", "default_value": "a fox"},
    }
}


@pytest.fixture
def own():
    """A gateway of the test's own, and a client of it."""
    with LocalGateway() as gateway:
        yield gateway, gateway.client()


def built(gateway, machine, **more):
    """Wait for a build, without its seconds."""
    gateway.clock.advance(10)
    return machine.wait(**more)


def row(status="ready", **more):
    """A machine as the service tells of it."""
    return {
        "id": ID,
        "name": "a10g",
        "type": "comfy-deploy-serverless",
        "status": status,
        "gpu": "A10G",
        **more,
    }


def test_a_machine_is_built_and_waited_for(own):
    """Made while it builds, ready after it, with progress on the way; all settings come with get."""
    gateway, st = own
    heard = []
    machine = st.machines.create_serverless("a10g", gpu="A10G", run_timeout=600, keep_warm=0)
    assert (machine.status, machine.gpu, machine.serverless) == ("building", "A10G", True)
    built(gateway, machine, on_progress=heard.append)
    assert (machine.status, heard[-1].status) == ("ready", "ready")
    assert st.machines["A10G"].settings["run_timeout"] == 600
    assert [one.number for one in machine.versions()] == [1]
    assert machine.version(1).build_log == machine.version(machine.versions()[0].id).build_log
    with pytest.raises(NotFound, match="no version 7"):
        machine.version(7)


def test_changes_go_by_the_route_of_the_type(own):
    """PATCH to the serverless or the custom route; what the type does not have is refused before."""
    gateway, st = own
    serverless = built(gateway, st.machines.create_serverless("t4", gpu="T4"))
    custom = st.machines.create_custom("own", "http://127.0.0.1:9", auth_token="hush-hush")
    serverless.update(idle_timeout=30)
    custom.update(name="mine")
    paths = [one.url.partition("/api")[2] for one in st.last_requests if one.method == "PATCH"]
    assert paths == [f"/machine/serverless/{serverless.id}", f"/machine/custom/{custom.id}"]
    assert (serverless.settings["idle_timeout"], custom.name) == (30, "mine")
    before = len(st.last_requests)
    for machine, wrong in (
        (serverless, {"endpoint": "http://x"}),
        (custom, {"run_timeout": 3}),
        (serverless, {"run_timeout": "long"}),
        (serverless, {"run_timeout": -1}),
        (serverless, {"gpu": "A9000"}),
        (serverless, {"keep_wram": 1}),
        (serverless, {}),
    ):
        with pytest.raises(InvalidInput):
            machine.update(**wrong)
    with pytest.raises(InvalidInput, match="only one on the service's cards"):
        custom.rebuild()
    assert len(st.last_requests) == before
    assert "hush-hush" not in repr(custom.record) + str(st.last_requests) + repr(custom)


def test_a_rebuild_is_a_version_to_go_back_from(own):
    """Each build is one; the first can be had again."""
    gateway, st = own
    machine = built(gateway, st.machines.create_serverless("l4", gpu="L4"))
    built(gateway, machine.update(python_version="3.12"))
    built(gateway, machine.rebuild())
    assert [one.number for one in machine.versions()] == [3, 2, 1]
    built(gateway, machine.roll_back(1))
    assert machine.settings.get("python_version") != "3.12"


def test_deleting_tells_why_not(own):
    """In use: by which workflows; kept warm: what to do. Forced, and twice, it goes."""
    gateway, st = own
    machine = built(gateway, st.machines.create_serverless("t4", gpu="T4"))
    st.workflows.upload(GRAPH, name="portrait", machine=machine)
    with pytest.raises(Refused, match=r"'portrait'.*force=True"):
        machine.delete()
    machine.update(keep_warm=1)
    with pytest.raises(ValidationFailed, match="keep_warm=0"):
        machine.delete(force=True)
    machine.update(keep_warm=0)
    machine.delete(force=True)
    machine.delete(force=True)
    assert "t4" not in [one.name for one in st.machines.list()]
    assert "t4" in [one.name for one in st.machines.list(deleted=True)]
    with pytest.raises(NotFound):
        st.machines["t4"]


def test_a_taken_name_is_refused(own):
    """Two machines of one name could never be told apart again."""
    _, st = own
    st.machines.create_custom("own", "http://127.0.0.1:9")
    with pytest.raises(InvalidInput, match="already"):
        st.machines.create_custom("own", "http://127.0.0.1:9")
    with pytest.raises(InvalidInput, match="web address"):
        st.machines.create_custom("other", "127.0.0.1:9")


def test_what_is_told_of_a_machine(own):
    """Events, workflows, files, docker commands, the plugin's commit, an export that makes another one."""
    gateway, st = own
    machine = built(gateway, st.machines.create_serverless("t4", gpu="T4"))
    assert machine.events() == []
    assert machine.workflows() == []
    assert set(machine.files()) >= {"directories", "files"}
    assert machine.docker_commands()["docker_commands"]
    with pytest.raises(NotFound, match="'t4' has no comfyui-deploy plugin"):
        machine.check_custom_nodes()
    again = st.machines.create_from({**machine.export(), "name": "t4-again"})
    assert again.name == "t4-again"
    with pytest.raises(InvalidInput):
        st.machines.create_from({"name": "x"})


def test_words_that_are_no_type(own):
    """Nothing is sent, the types there are named, and no token is shown."""
    _, st = own
    before = len(st.last_requests)
    with pytest.raises(InvalidInput, match="no type 'nonsense': there is classic") as told:
        st.machines.create_custom("own", "http://127.0.0.1:9", type="nonsense", auth_token="hush-hush")
    assert "hush-hush" not in str(told.value)
    assert len(st.last_requests) == before


def test_secrets_are_attached_and_never_shown(own):
    """What they hold goes up and comes back nowhere."""
    _, st = own
    machine = st.machines["this-machine"]
    secret = st.machines.create_secret("hub", {"HF_TOKEN": "hush-hush"}, machine=machine)
    assert (secret.name, secret.variables) == ("hub", ("HF_TOKEN",))
    assert [one.name for one in machine.secrets()] == ["hub"]
    st.machines.attach_secret(secret, machine)
    assert [one.name for one in machine.secrets()] == ["hub"]
    st.machines.detach_secret(secret, "this-machine")
    st.machines.detach_secret(secret, "this-machine")
    assert [one.name for one in machine.secrets(attached=False)] == ["hub"]
    changed = st.machines.update_secret(secret, {"A": "1", "B": "2"})
    assert changed.variables == ("A", "B")
    assert "hush-hush" not in repr((secret, st.machines.secrets(), st.last_requests))
    st.machines.delete_secret(secret)
    assert st.machines.secrets() == []
    with pytest.raises(InvalidInput):
        st.machines.create_secret("x", {"A": 1}, machine=machine)


async def test_the_plugin_of_a_machine_is_looked_at_and_renewed():
    """Which commit it has beside the newest; renewing it is a build."""

    def reply(asked):
        if asked.path.endswith("check-custom-nodes"):
            return answer(200, {"status": "ok", "is_up_to_date": False, "local_commit": {"hash": "a" * 40}})
        return answer(200, row("building" if asked.method == "POST" else "ready"))

    with Wire(reply) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            machine = await st.machines.get(ID)
            assert (await machine.check_custom_nodes())["is_up_to_date"] is False
            assert (await machine.update_custom_nodes()).status == "ready"
    assert [asked.path for asked in wire.asked if asked.method == "POST"] == [
        f"/api/machine/{ID}/update-custom-nodes"
    ]


async def test_a_failed_build_tells_the_end_of_its_log():
    """The reason is in the version's log, and in the error."""

    def reply(asked):
        if "/versions/" in asked.path:
            return answer(200, {"id": VERSION, "build_log": "Step 1\nStep 2\nERROR: no such node pack\n"})
        return answer(200, row("error", machine_version_id=VERSION))

    with Wire(reply) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            machine = await st.machines.get(ID)
            with pytest.raises(MachineFailed, match=r"a10g.*no such node pack"):
                await machine.wait()


async def test_a_wait_survives_what_says_nothing_of_the_build():
    """Dropped looks and failures of the service are looked through; a deletion is not."""
    troubles = [CLOSE, CRASH, answer(502, b"x", content_type="text/plain"), answer(200, row("ready"))]

    def reply(_asked):
        return troubles.pop(0) if troubles else answer(404, {"detail": "Machine not found"})

    with Wire(answer(200, row("building"))) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            machine = await st.machines.get(ID)
            wire.otherwise = reply
            assert (await machine.wait(timeout=60)).status == "ready"
            with pytest.raises(NotFound):
                await machine.refresh()


async def test_a_build_that_takes_too_long_goes_on():
    """The error says so and how to wait again; nothing is cancelled."""
    with Wire(answer(200, row("building"))) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            machine = await st.machines.get(ID)
            with pytest.raises(TimedOut, match="goes on") as told:
                await machine.wait(timeout=0.3)
            assert told.value.state == "building"
            with pytest.raises(InvalidInput):
                await machine.wait(timeout=0)
            waiting = asyncio.create_task(machine.wait())
            await asyncio.sleep(0.05)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
    assert {asked.method for asked in wire.asked} == {"GET"}


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"name": None, "type": 3, "status": ["x"], "gpu": {}, "run_timeout": "300", "deleted": "no"},
        {"status": "defrosting", "models_to_cache": [None], "docker_command_steps": 7, "created_at": "soon"},
    ],
)
async def test_odd_answers_are_read(odd):
    """Missing, null and foreign values leave a machine that can be looked at."""
    with Wire(answer(200, [{**row(), **odd}, {"id": "two"}])) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            listed = await st.machines.list()
            assert {one.id for one in listed} == {ID, "two"}
            assert all(repr(one) for one in listed)


async def test_two_of_one_name_are_ambiguous():
    """Their ids are told."""
    with Wire(answer(200, [row(), {**row(), "id": "two"}])) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            with pytest.raises(AmbiguousName) as told:
                await st.machines.get("a10g")
            assert set(told.value.candidates) == {ID, "two"}


async def test_pages_are_asked_for_as_they_are_wanted():
    """Whoever stops at the first machine asks once."""
    rows = [{**row(), "id": str(number), "name": str(number)} for number in range(250)]

    def reply(asked):
        offset = int(asked.path.partition("offset=")[2].partition("&")[0])
        return answer(200, rows[offset : offset + 100])

    with Wire(reply) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            async for machine in st.machines:
                assert machine.id == "0"
                break
            assert len(wire.asked) == 1
            assert len([machine async for machine in st.machines]) == 250


def test_the_tables_are_the_services(gateway):
    """Every setting of the contract's requests can be given, and none besides."""
    import comfydeploy_client.models.machine_custom_update as custom
    import comfydeploy_client.models.machine_serverless_update as serverless

    extra = {"is_trigger_rebuild"}
    for model, table in (
        (serverless.MachineServerlessUpdate, SERVERLESS_SETTINGS),
        (custom.MachineCustomUpdate, CUSTOM_SETTINGS),
    ):
        fields = {field.name.rstrip("_") for field in model.__attrs_attrs__ if field.init}
        assert fields - extra == set(table)
    with StationThis(gateway.key, gateway.base_url) as st:
        assert "this-machine" in st.machines
        assert "this-machine" in st.machines._ipython_key_completions_()
