"""Sessions: open, read, list, extend, keep, close."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from comfydeploy_client.api.sessions import (
    sessions_create,
    sessions_create_dynamic,
    sessions_delete,
    sessions_extend,
    sessions_get,
    sessions_list,
    sessions_snapshot,
)
from comfydeploy_client.models.session_create import SessionCreate
from comfydeploy_client.models.session_dynamic_create import SessionDynamicCreate
from comfydeploy_client.models.session_extend import SessionExtend
from comfydeploy_client.models.session_snapshot_create import SessionSnapshotCreate
from comfydeploy_client.types import UNSET

from stationthis_sdk.api.calls.family import Family, never
from stationthis_sdk.api.calls.reading import integer, text
from stationthis_sdk.api.calls.runs import check_gpu
from stationthis_sdk.entities import SessionRecord, SessionSnapshot, Timeouts, is_uuid, parse_time
from stationthis_sdk.errors import NotFound, StationThisError, UnexpectedResponse, ValidationFailed

__all__ = ["SessionCalls"]


class SessionCalls(Family):
    """Sessions of one account."""

    async def open(
        self, machine_id: str, minutes: int, *, gpu: str | None = None, limits: Timeouts | None = None
    ) -> SessionRecord:
        """Open a session, and pay for it. Sent again only when no connection was made.

        Raises:
            UnexpectedResponse: the answer holds no id.
        """
        body = SessionCreate(
            machine_id=machine_id, timeout=minutes, gpu=UNSET if gpu is None else check_gpu(gpu)
        )
        return await self.edge.call(sessions_create, body=body, into=opened_of, limits=limits)

    async def open_dynamic(
        self,
        minutes: int,
        *,
        gpu: str | None = None,
        machine_id: str | None = None,
        machine_version_id: str | None = None,
        comfyui_version: str | None = None,
        dependencies: Sequence[str] | Mapping[str, Any] = (),
        base_docker_image: str | None = None,
        python_version: str | None = None,
        limits: Timeouts | None = None,
    ) -> SessionRecord:
        """Open a session in a container of its own; as ``open`` else."""
        named = {
            "machine_id": machine_id,
            "machine_version_id": machine_version_id,
            "comfyui_hash": comfyui_version,
            "base_docker_image": base_docker_image,
            "python_version": python_version,
        }
        body = SessionDynamicCreate(
            gpu=UNSET if gpu is None else check_gpu(gpu),
            timeout=minutes,
            dependencies=dict(dependencies) if isinstance(dependencies, Mapping) else list(dependencies),
            **{name: value for name, value in named.items() if value is not None},  # type: ignore[arg-type]  # texts all
        )
        return await self.edge.call(sessions_create_dynamic, body=body, into=opened_of, limits=limits)

    async def get(
        self, session_id: str, *, once: bool = False, limits: Timeouts | None = None
    ) -> SessionRecord:
        """Read one session; ``once`` for those who repeat it themselves.

        Raises:
            NotFound: it has ended, or never was: the service does not tell which.
        """
        try:
            record = await self.edge.call(
                sessions_get,
                session_id,
                into=session_of,
                limits=limits,
                repeatable=never if once else None,
            )
        except StationThisError as error:
            if is_gone(error):
                raise gone(session_id, error) from None
            raise
        if record.id != session_id:
            raise UnexpectedResponse(f"Asked for session {session_id}, the service told of another.")
        return record

    async def all(self, machine_id: str | None = None) -> tuple[SessionRecord, ...]:
        """The sessions that are open, the latest first; there are no pages."""
        return await self.edge.call(
            sessions_list,
            machine_id=UNSET if machine_id is None else machine_id,
            into=lambda rows: tuple(session_of(row) for row in rows),
        )

    async def extend(self, session_id: str, minutes: int) -> None:
        """Let a session run longer. Sent again only when no connection was made."""
        try:
            await self.edge.call(sessions_extend, session_id, body=SessionExtend(minutes=minutes), into=bool)
        except NotFound as error:
            raise gone(session_id, error) from None

    async def snapshot(
        self, session_id: str, name: str | None, *, limits: Timeouts | None = None
    ) -> SessionSnapshot:
        """Keep a session's container. Sent again only when no connection was made."""
        body = SessionSnapshotCreate(machine_name=UNSET if name is None else name)
        try:
            return await self.edge.call(
                sessions_snapshot, session_id, body=body, into=snapshot_of, limits=limits
            )
        except NotFound as error:
            raise gone(session_id, error) from None

    async def close(self, session_id: str, *, wait: bool = False, limits: Timeouts | None = None) -> None:
        """End a session; one that has ended already is no error, so it may be repeated.

        Asked before the container is known, the service ends the session and answers 400: the second answer tells.
        """
        for again in (False, True):
            try:
                await self.edge.call(
                    sessions_delete,
                    session_id,
                    wait_for_shutdown=True if wait else UNSET,
                    into=_closed,
                    repeatable=lambda error: error.retryable,
                    limits=limits,
                )
            except NotFound:
                return
            except ValidationFailed as error:
                if again or error.status != 400:
                    raise
            else:
                return


def session_of(answer: Any) -> SessionRecord:
    """A session, from a list or on its own."""
    org_id = text(answer.org_id)
    return SessionRecord(
        id=answer.id,
        url=_address(answer.url),
        gpu=text(answer.gpu),
        machine_id=text(answer.machine_id),
        machine_version_id=text(answer.machine_version_id),
        minutes=integer(answer.timeout),
        created_at=parse_time(answer.created_at),
        ends_at=parse_time(answer.timeout_end),
        user_id=text(answer.user_id),
        org_id=None if org_id == "None" else org_id,
        gpu_event_id=text(answer.gpu_event_id),
    )


def opened_of(answer: Any) -> SessionRecord:
    """A session that was just opened.

    Raises:
        ValueError: there is no id, or what stands there is none.
    """
    if not is_uuid(answer.session_id):
        raise ValueError("no session id")
    return SessionRecord(str(answer.session_id), url=_address(answer.url))


def snapshot_of(answer: Any) -> SessionSnapshot:
    """What a session was kept as."""
    return SessionSnapshot(text(answer.version_id), integer(answer.version), text(answer.image_id))


def is_gone(error: StationThisError) -> bool:
    """Whether a read by id means that no such session is open."""
    return isinstance(error, NotFound) or getattr(error, "status", None) == 422


def gone(session_id: str, error: StationThisError) -> NotFound:
    """The service's "GPUEvent not found", in words."""
    return NotFound(
        f"Session {session_id!r} has ended, or there never was one of that id for this key: st.sessions.list() "
        "has those that are open.",
        request=error.request,
    )


def _address(value: Any) -> str | None:
    """A web address; anything else is as good as none."""
    found = text(value)
    return found if found and re.match(r"(?i)https?://[^\s/]", found) else None


def _closed(answer: Any) -> None:
    if answer.success is False:
        raise ValueError("not closed")
