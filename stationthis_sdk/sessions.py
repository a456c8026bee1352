"""Sessions: opened, listed, and found again."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from stationthis_sdk.api.calls.runs import check_gpu
from stationthis_sdk.context import Context
from stationthis_sdk.entities import Source, is_uuid
from stationthis_sdk.errors import (
    InvalidInput,
    NotFound,
)
from stationthis_sdk.frames.lists import frame_of_sessions
from stationthis_sdk.listing import Listing
from stationthis_sdk.machines import known_machine
from stationthis_sdk.names import Named
from stationthis_sdk.openings import Wish
from stationthis_sdk.options import total_seconds
from stationthis_sdk.session import AsyncSession, check_minutes
from stationthis_sdk.shown import Shown

if TYPE_CHECKING:
    import builtins

__all__ = ["AsyncSessions"]


class AsyncSessions(Shown):
    """Interactive sessions: open one, list and find those that are open."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<sessions: open(machine), list(), get(id)>"

    def open(
        self,
        machine: str | Named,
        *,
        minutes: int = 15,
        gpu: str | None = None,
        timeout: float | None = None,
    ) -> AsyncSession:
        """Make a session, which ``with`` opens and closes; nothing is sent before.

        machine: a serverless one, by name, id or itself. minutes: how long it may stay open, and cost. gpu: what to
        ask for, else the machine's own. timeout: seconds until its ComfyUI has to answer, else the client's limits.

        Raises:
            InvalidInput, FeatureDisabled: nothing was sent. On entering: see ``Session.start``.

        Example:
            >>> async with st.sessions.open(machine="this-machine", minutes=30) as session:
            ...     session.url.startswith("http"), round(session.minutes_left)
            (True, 30)
            >>> session.ended
            True
        """
        if not (name := _machine(machine)):
            raise InvalidInput(f"A session is opened on a machine, by name or id, not {machine!r}.")
        return self._session(Wish(name, check_minutes(minutes), gpu), timeout)

    def open_dynamic(
        self,
        *,
        minutes: int = 15,
        gpu: str | None = None,
        machine: str | Named | None = None,
        machine_version: str | None = None,
        comfyui_version: str | None = None,
        dependencies: Sequence[str] | Mapping[str, Any] = (),
        base_docker_image: str | None = None,
        python_version: str | None = None,
        timeout: float | None = None,
    ) -> AsyncSession:
        """Make a session in a container of its own, which ``snapshot`` can keep; beta on the service's side.

        machine: whose image to begin with; without one an image is built. machine_version: an id of a version of
        it. comfyui_version: a commit, 40 hexadecimal digits. dependencies: custom nodes, "owner/repository@commit",
        or an object with ``docker_command_steps``. The rest is as for ``open``.

        Raises:
            InvalidInput, FeatureDisabled: nothing was sent.

        Example:
            >>> nodes = ["cubiq/ComfyUI_essentials@9d9f4be"]
            >>> async with st.sessions.open_dynamic(minutes=5, dependencies=nodes) as session:
            ...     session.machine_id is None, session.url is None
            (True, False)
        """
        if machine is not None and not _machine(machine):
            raise InvalidInput(f"A machine is given by name or id, not {machine!r}.")
        if machine_version is not None and machine is None:
            raise InvalidInput("machine_version is a version of a machine: give that as well.")
        container = {
            "machine_version_id": _text("machine_version", machine_version),
            "comfyui_version": _text("comfyui_version", comfyui_version),
            "dependencies": _dependencies(dependencies),
            "base_docker_image": _text("base_docker_image", base_docker_image),
            "python_version": _text("python_version", python_version),
        }
        name = None if machine is None else _machine(machine)
        return self._session(Wish(name, check_minutes(minutes), gpu, container), timeout)

    async def list(self, *, machine: str | Named | None = None) -> Listing[AsyncSession]:
        """List the sessions that are open, the latest first; ``machine`` (name, id or itself) picks its own.

        Example:
            >>> async with st.sessions.open(machine="this-machine", minutes=5) as session:
            ...     session.id in [one.id for one in await st.sessions.list(machine="this-machine")]
            True
        """
        self._context.settings.flags.need("sessions")
        machine_id = None
        if machine is not None:
            if not (name := _machine(machine)):
                raise InvalidInput(f"A machine is given by name or id, not {machine!r}.")
            machine_id = name if is_uuid(name) else (await known_machine(self._context, name)).id
        found = await self._context.service.sessions.all(machine_id)
        return Listing((AsyncSession(self._context, one, Source.now()) for one in found), frame_of_sessions)

    async def get(self, session_id: str) -> AsyncSession:
        """Get one that is open, by its id.

        Raises:
            NotFound: it has ended, or never was: the service does not tell which.
        """
        if not is_uuid(session_id):
            raise NotFound(
                f"{session_id!r} is no session id: it looks like 5ea8723e-4701-4d69-8604-8932801f2083."
            )
        record = await self._context.service.sessions.get(session_id)
        return AsyncSession(self._context, record, Source.now())

    def _session(self, wish: Wish, timeout: float | None) -> AsyncSession:
        self._context.settings.flags.need("sessions")
        if wish.gpu is not None:
            check_gpu(wish.gpu)
        limits = self._context.timeouts
        if timeout is not None:
            limits = attrs.evolve(limits, total=total_seconds(timeout))
        return AsyncSession(self._context, None, wish=wish, timeouts=limits)


def _machine(machine: object) -> str | None:
    """What a machine was given as: its name, its id, or itself."""
    given = machine if isinstance(machine, str) else getattr(machine, "id", None)
    return given if isinstance(given, str) and given.strip() else None


def _text(name: str, value: object) -> str | None:
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    raise InvalidInput(f"{name} is a text, not {value!r}.")


def _dependencies(given: object) -> "builtins.list[str] | dict[str, Any]":
    if isinstance(given, Mapping):
        return dict(given)
    if (
        isinstance(given, Sequence)
        and not isinstance(given, str)
        and all(isinstance(one, str) for one in given)
    ):
        return [*given]
    raise InvalidInput(
        'dependencies is a list like ["owner/repository@commit"], or an object with its steps.'
    )
