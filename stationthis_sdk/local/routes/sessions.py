"""Sessions: an open door to a machine's ComfyUI, or to the gateway's own page, until its time is over."""

import secrets
from collections.abc import Mapping
from typing import Any, Final

import attrs
from aiohttp import web

from stationthis_sdk.local.answers.session import session_json, session_url
from stationthis_sdk.local.clock import now, sleep
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.machines.builds import begin_build
from stationthis_sdk.local.machines.settings import SHORT, read_commit, read_settings
from stationthis_sdk.local.requests import validation
from stationthis_sdk.local.requests.caller import CALLER, Caller
from stationthis_sdk.local.requests.responses import Refusal, reply
from stationthis_sdk.local.routes.machines import own_machine
from stationthis_sdk.local.rows.machines import COMFYUI_VERSION, GPUS, SERVERLESS, Machine, MachineVersion
from stationthis_sdk.local.rows.sessions import OPEN, Session
from stationthis_sdk.local.services import SERVICES
from stationthis_sdk.local.strictness import strict

__all__ = ["routes"]

_OPEN_AT_ONCE: Final = 5
_MINUTES: Final = 15
_MINUTE: Final = 60_000_000
_LONGEST: Final = 60
_WAIT: Final = 10.0


async def _create(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    machine_id = body.uuid("machine_id")
    gpu = body.choice("gpu", GPUS)
    timeout = body.integer("timeout", minimum=1) or _MINUTES
    wait = body.flag("wait_for_server")
    body.check()
    caller, services = request[CALLER], request.app[SERVICES]

    def work(tables: Tables) -> tuple[Session, Machine]:
        machine = own_machine(tables, caller, machine_id)
        if machine.type != SERVERLESS:
            raise Refusal.detail(400, "Sessions are only for serverless machines")
        session = _new(
            caller,
            timeout,
            gpu=gpu or machine.gpu or "CPU",
            machine_id=machine.id,
            machine_version_id=machine.machine_version_id,
        )
        _add(tables, session)
        return session, machine

    session, machine = await services.database.do(work)
    if wait and machine.state == "building":
        await sleep(min(_WAIT, (machine.builds_until - now()) / 1_000_000))
    ready = wait and machine.state == "ready"
    return reply(
        {
            "session_id": session.id,
            "url": session_url(session, machine, services.base) if ready else None,
        }
    )


async def _create_dynamic(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    machine_id = body.uuid_or_null("machine_id")
    version_id = body.uuid_or_null("machine_version_id")
    gpu = body.choice("gpu", GPUS) or "A10G"
    timeout = body.integer("timeout", minimum=1) or _MINUTES
    wait = body.flag("wait_for_server")
    container = {
        "comfyui_version": read_commit(body, "comfyui_hash"),
        "base_docker_image": body.text("base_docker_image", limit=SHORT),
        "python_version": body.text("python_version", limit=SHORT),
        "dependencies": _dependencies(body),
    }
    body.check()
    caller, services = request[CALLER], request.app[SERVICES]

    def work(tables: Tables) -> tuple[Session, Machine | None]:
        machine = None if machine_id is None else _machine(tables, caller, machine_id)
        version = _version_of(tables, machine, version_id)
        session = attrs.evolve(
            _new(caller, timeout, gpu=gpu, machine_id=machine_id, machine_version_id=version),
            dynamic=1,
            container=container,
        )
        _add(tables, session)
        return session, machine

    session, machine = await services.database.do(work)
    url = session_url(session, machine, services.base) if wait else None
    return reply({"session_id": session.id, "url": url})


def _dependencies(body: validation.Body) -> Any:
    """A list of custom nodes, or an object with steps."""
    if isinstance(body.value("dependencies"), dict):
        return body.nested("dependencies", _read_container)
    return body.texts("dependencies", limit=SHORT)


def _read_container(body: validation.Body) -> dict[str, Any]:
    names = ("comfyui_version", "docker_command_steps", "extra_docker_commands")
    return {name: value for name, value in read_settings(body).items() if name in names}


def _machine(tables: Tables, caller: Caller, machine_id: str) -> Machine:
    try:
        machine = own_machine(tables, caller, machine_id)
    except Refusal as refusal:
        raise Refusal(400, refusal.body) from None
    if machine.type != SERVERLESS:
        raise Refusal.detail(400, "Sessions are only for serverless machines")
    return machine


def _version_of(tables: Tables, machine: Machine | None, version_id: str | None) -> str | None:
    if machine is None:
        return None
    if version_id is None:
        return machine.machine_version_id
    version = tables.get(MachineVersion, version_id)
    if version is None or version.machine_id != machine.id:
        raise Refusal.detail(400, "Machine version not found")
    return version.id


def _new(caller: Caller, timeout: int, **of_machine: Any) -> Session:
    start = now()
    return Session(
        user_id=caller.user_id,
        org_id=caller.org_id,
        timeout=timeout,
        timeout_end=start + timeout * _MINUTE,
        created_at=start,
        **of_machine,
    )


def _add(tables: Tables, session: Session) -> None:
    caller = Caller(session.user_id, session.org_id)
    where = f"{caller.own} AND machine_id IS ? AND {OPEN}"
    if tables.count(Session, where, caller.owner, session.machine_id, now()) >= _OPEN_AT_ONCE:
        raise Refusal.detail(400, f"This machine has {_OPEN_AT_ONCE} open sessions: end one first")
    tables.add(session)


def _own(tables: Tables, caller: Caller, session_id: str) -> Session:
    """The caller's open session of this id; an ended one is not found, as there is no other sign of its end."""
    session = tables.get(Session, session_id)
    if session is None or session.end is not None or not caller.owns(session):
        raise Refusal.detail(404, "GPUEvent not found")
    return session


async def _get(request: web.Request) -> web.StreamResponse:
    session_id = request.match_info["session_id"]
    caller, services = request[CALLER], request.app[SERVICES]

    def work(tables: Tables) -> dict[str, Any]:
        session = _own(tables, caller, session_id)
        return session_json(session, tables.get(Machine, session.machine_id), services.base)

    return reply(await services.database.do(work))


async def _list(request: web.Request) -> web.StreamResponse:
    machine_id = request.query.get("machine_id")
    caller, services = request[CALLER], request.app[SERVICES]

    def work(tables: Tables) -> list[dict[str, Any]]:
        order = f"{caller.own} AND {OPEN} ORDER BY created_at DESC, rowid DESC"
        return [
            session_json(session, tables.get(Machine, session.machine_id), services.base)
            for session in tables.find(Session, order, caller.owner, now())
            if machine_id in {None, session.machine_id}
        ]

    return reply(await services.database.do(work))


async def _delete(request: web.Request) -> web.StreamResponse:
    session_id = request.match_info["session_id"]
    validation.query_bool(request, "wait_for_shutdown")  # nothing has to shut down
    caller = request[CALLER]

    def work(tables: Tables) -> None:
        tables.change(Session, _own(tables, caller, session_id).id, ended_at=now())

    await request.app[SERVICES].database.do(work)
    return reply({"success": True})


async def _extend(request: web.Request) -> web.StreamResponse:
    session_id = request.match_info["session_id"]
    body = await validation.json_body(request)
    minutes = body.integer("minutes", required=True) or 0
    body.check()
    if minutes < 1:
        raise Refusal.detail(400, "A session is made longer by a minute at least")
    caller = request[CALLER]

    def work(tables: Tables) -> None:
        session = _own(tables, caller, session_id)
        end = session.timeout_end + minutes * _MINUTE
        if end > now() + _LONGEST * _MINUTE:
            raise Refusal.detail(400, f"A session ends {_LONGEST} minutes from now at the latest")
        tables.change(Session, session.id, timeout_end=end)

    await request.app[SERVICES].database.do(work)
    return reply({"message": "Timeout increased successfully"})


async def _extend_by_runner(request: web.Request) -> web.StreamResponse:
    body = await validation.json_body(request)
    machine_id, session_id = body.uuid("machine_id"), body.uuid("session_id")
    minutes = body.integer("timeout", required=True, minimum=1, maximum=_LONGEST) or 0
    body.text("gpu", required=True, limit=SHORT)
    body.check()
    caller = request[CALLER]

    def work(tables: Tables) -> None:
        session = _own(tables, caller, session_id)
        if session.machine_id != machine_id:
            raise Refusal.detail(404, "GPUEvent not found")
        # It lasts longer, but the service tells the old end all the same.
        later = (
            {"timeout_end": session.timeout_end + minutes * _MINUTE}
            if strict()
            else {"runner_minutes": session.runner_minutes + minutes}
        )
        tables.change(Session, session.id, timeout=session.timeout + minutes, **later)

    await request.app[SERVICES].database.do(work)
    return reply({"message": "Timeout increased successfully"})


async def _snapshot(request: web.Request) -> web.StreamResponse:
    session_id = request.match_info["session_id"]
    name = None
    if request.can_read_body:
        body = await validation.json_body(request)
        name = body.text("machine_name", limit=SHORT)
        body.check()
    caller = request[CALLER]

    def work(tables: Tables) -> MachineVersion | None:
        session = _own(tables, caller, session_id)
        if not session.dynamic:
            raise Refusal.detail(400, "Only sessions made with POST /session/dynamic can be kept")
        machine = tables.get(Machine, session.machine_id)
        if machine is None or machine.deleted:
            if not name:
                raise Refusal.detail(400, "This session has no machine: give the machine_name of a new one")
            machine = Machine(
                user_id=session.user_id, org_id=session.org_id, name=name, type=SERVERLESS, gpu=session.gpu
            )
            tables.add(machine)
        settings = {**machine.settings, **_settings(session.container, new=not machine.settings)}
        kept = begin_build(tables, attrs.evolve(machine, settings=settings), seconds=0)
        tables.save(kept)
        tables.change(Session, session.id, machine_id=kept.id, machine_version_id=kept.machine_version_id)
        return tables.get(MachineVersion, kept.machine_version_id)

    version = await request.app[SERVICES].database.do(work)
    if version is None:
        raise RuntimeError("the version of the snapshot is gone")
    return reply(
        {
            "version_id": version.id,
            "version": version.version,
            "image_id": version.image_id,
            "message": "Snapshot created successfully",
        }
    )


def _settings(container: Mapping[str, Any], *, new: bool) -> dict[str, Any]:
    """A machine's settings for what a session was made of."""
    given = {name: container.get(name) for name in ("comfyui_version", "base_docker_image", "python_version")}
    wanted = container.get("dependencies")
    if isinstance(wanted, dict):
        given |= wanted
    elif wanted:
        given["docker_command_steps"] = {"steps": [_step(one) for one in wanted]}
    found = {name: value for name, value in given.items() if value is not None}
    usual = {"comfyui_version": COMFYUI_VERSION, "docker_command_steps": {"steps": []}}
    return {**usual, **found} if new else found


def _step(dependency: str) -> dict[str, Any]:
    """``owner/repository@commit`` as a step."""
    repository, _, commit = dependency.partition("@")
    data = {"name": repository.rpartition("/")[2], "url": f"https://github.com/{repository}", "hash": commit}
    return {"type": "custom-node", "id": secrets.token_hex(4), "data": data}


def routes() -> list[web.RouteDef]:
    """The paths of this module."""
    session = "/api/session/{session_id}"
    return [
        web.post("/api/session", _create),
        web.post("/api/session/dynamic", _create_dynamic),
        web.post("/api/session/increase-timeout", _extend_by_runner),
        web.get("/api/sessions", _list, allow_head=False),
        web.get(session, _get, allow_head=False),
        web.delete(session, _delete),
        web.post(f"{session}/increase-timeout", _extend),
        web.post(f"{session}/snapshot", _snapshot),
    ]
