"""What the methods do: runs, files, deployments, preferences, and plans for bots."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.bots.stdio import documents
from stationthis_sdk.bots.stdio.faults import INVALID_PARAMS, Fault, fault_of
from stationthis_sdk.bots.stdio.given import content_of, with_files
from stationthis_sdk.bots.stdio.keys import Keys
from stationthis_sdk.bots.stdio.schemas import METHODS, PROTOCOL
from stationthis_sdk.bots.stdio.watching import Watcher
from stationthis_sdk.errors import InvalidInput, StationThisError
from stationthis_sdk.inputs.media import is_passing

if TYPE_CHECKING:
    from stationthis_sdk import AsyncDeployment, AsyncRun, AsyncStationThis, UploadedFile

__all__ = ["Params", "Service", "run_id_in"]

Params = Mapping[str, Any]
_NOTE: Final = (
    "DeprecationWarning: submit_request, check_status, get_results, cancel_request, get_upload_url and upload_file are "
    "for handlers that were written for the product; new ones use submit, get, wait, cancel and upload."
)
_HANDS: Final = 8
"""Files that plans are made of, fetched at once."""


class Service:
    """The methods of one client; each takes its parameters, checked already, and returns its result."""

    def __init__(self, st: "AsyncStationThis") -> None:
        self.st = st
        self.watcher = Watcher(st)
        self.keys = Keys(st)
        self._hands = asyncio.Semaphore(_HANDS)
        self.handlers: dict[str, Callable[[Params], Awaitable[dict[str, Any]]]] = {
            "hello": self.hello,
            "submit": self.submit,
            "wait": self.wait,
            "get": self.get,
            "status": self.get,
            "events": self.events,
            "cancel": self.cancel,
            "save": self.save,
            "upload": self.upload,
            "deployments": self.deployments,
            "estimate": self.estimate,
            "render": self.render,
            "commands": self.commands,
            "get_preferences": self.get_preferences,
            "set_preferences": self.set_preferences,
            "forget_preferences": self.forget_preferences,
        }

    async def hello(self, _asked: Params) -> dict[str, Any]:
        """Who is there."""
        from stationthis_sdk import __version__  # noqa: PLC0415 - the package imports us

        settings = self.st.settings
        return {
            "server": "stationthis",
            "version": __version__,
            "protocol": PROTOCOL,
            "methods": list(METHODS),
            "where": "local" if settings.nearby else "cloud",
            "account": settings.account,
            "instance": self.watcher.happened.instance,
            "notes": [_NOTE],
        }

    async def submit(self, asked: Params) -> dict[str, Any]:
        """Start a run, once for each key."""
        key = asked.get("key")
        try:
            if key is None:
                run, known = await self._started(asked, None), False
            else:
                wish = await asyncio.to_thread(_wish, asked)
                run, known = await self.keys.run(key, wish, lambda submit_id: self._started(asked, submit_id))
        except StationThisError as error:
            raise fault_of(error, during="submitting", keyed=key is not None) from error
        self.watcher.watch(run)
        return {
            "run_id": run.id,
            "state": str(run.state),
            "deployment": run.record.deployment_name,
            "known": known,
        }

    async def _started(self, asked: Params, submit_id: str | None) -> "AsyncRun":
        deployment = await self.deployment(asked)
        wanted = {**asked.get("options", {})}
        if "webhook" in asked:
            wanted["webhook"] = asked["webhook"]
        ready = deployment.options(**wanted, on_interrupt="detach")
        inputs = await asyncio.to_thread(with_files, asked.get("inputs", {}), deployment.inputs)
        return await ready._submit(inputs, submit_id)  # noqa: SLF001 - nothing of ours shows progress

    async def deployment(self, asked: Params) -> "AsyncDeployment":
        """The deployment that is asked for, in any spelling."""
        name = next(asked[one] for one in ("deployment", "deployment_id", "deploymentId") if one in asked)
        try:
            return await self.st.deployments.get(name, environment=asked.get("environment"))
        except StationThisError as error:
            raise fault_of(error, during="choosing") from error

    async def wait(self, asked: Params) -> dict[str, Any]:
        """The run at its end."""
        return self.document(await self.watcher.ended(run_id_in(asked), asked.get("timeout")))

    async def get(self, asked: Params) -> dict[str, Any]:
        """The run as the service tells it now."""
        return self.document(await self.run(asked))

    async def run(self, asked: Params) -> "AsyncRun":
        """The run that is asked for, read anew."""
        return await self.st.runs.get(run_id_in(asked))

    def document(self, run: "AsyncRun") -> dict[str, Any]:
        """A run as data."""
        return documents.run_document(run, deployment=run.record.deployment_name)

    async def events(self, asked: Params) -> dict[str, Any]:
        """What has happened since a cursor."""
        happened, since = self.watcher.happened, int(asked.get("since", 0))
        if asked.get("instance", happened.instance) != happened.instance or since > happened.last:
            raise Fault(
                INVALID_PARAMS,
                "This cursor is of another process, which has ended: ask with since 0, and get the runs by their ids.",
            )
        run_id = run_id_in(asked, needed=False)
        watched = None if run_id is None else await self.watcher.of(run_id)
        over = watched is not None and watched.ended
        oldest = happened.oldest
        found = await happened.after(
            since, run_id, int(asked.get("limit", 100)), 0 if over else asked.get("timeout", 0)
        )
        cursor = found[-1]["cursor"] if found else since
        return {
            "events": found,
            "cursor": cursor,
            "instance": happened.instance,
            "missed": since + 1 < oldest,
            "final": watched is not None and watched.ended and not happened.since(cursor, run_id, 1),
        }

    async def cancel(self, asked: Params) -> dict[str, Any]:
        """Cancel a run."""
        run = await self.run(asked)
        return {"run_id": run.id, "state": str(await run.cancel())}

    async def save(self, asked: Params) -> dict[str, Any]:
        """Save what a run made."""
        run = await self.run(asked)
        paths = await run.save(asked["to"], sidecar=asked.get("sidecar", True))
        return {"run_id": run.id, "paths": [str(path) for path in paths]}

    async def upload(self, asked: Params) -> dict[str, Any]:
        """Upload a file."""
        file = await self.uploaded(asked)
        return {"id": file.id, "url": file.url, "filename": file.name, "mime": file.mime, "size": file.size}

    async def uploaded(self, asked: Params) -> "UploadedFile":
        """A file that was uploaded just now, or had been before."""
        given = await asyncio.to_thread(content_of, asked, "url")
        return await self.st.files.upload(given, name=asked.get("filename"))

    async def deployments(self, asked: Params) -> dict[str, Any]:
        """What can be run."""
        found = await self.st.deployments.list(
            environment=asked.get("environment"), refresh=asked.get("refresh", False)
        )
        return {
            "deployments": [
                documents.deployment_document(one)
                | {"inputs": [documents.field_document(field) for field in one.inputs.values()]}
                for one in found
            ]
        }

    async def estimate(self, asked: Params) -> dict[str, Any]:
        """What runs would cost."""
        deployment = await self.deployment(asked)
        rows = asked.get("rows") or [asked.get("inputs", {})]
        # A table of no columns is none; one that holds a default costs as much as none.
        defaults = ((one.name, one.default) for one in deployment.inputs.values() if one.default is not None)
        default = {} if any(rows) else dict([*defaults][:1])
        ready = [await asyncio.to_thread(with_files, row, deployment.inputs) or default for row in rows]
        return attrs.asdict(await deployment.estimate(ready))

    async def render(self, asked: Params) -> dict[str, Any]:
        """A plan of messages."""
        from stationthis_sdk.bots.stdio import plans  # noqa: PLC0415 - many never ask for one

        if "outputs" in asked:
            return {"steps": plans.planned(asked, plans.made_of(asked["outputs"]))}
        run = await self.run(asked)
        if not run.state.final:
            raise InvalidInput(
                f"Run {run.id} is still {run.state}, there is nothing to send yet: wait for its end first."
            )
        if (told := plans.told_of_end(run)) is not None:
            return {"steps": told}
        if "hints" not in asked:
            asked = {**asked, "hints": await plans.hints_for(self.st, run, asked["platform"])}
        return {"steps": plans.planned(asked, await plans.made_by(run, self._hands))}

    async def commands(self, asked: Params) -> dict[str, Any]:
        """The commands of a bot."""
        from stationthis_sdk.bots.stdio.plans import commands_of  # noqa: PLC0415 - likewise

        return await commands_of(self.st, asked["platform"], asked.get("registered"))

    async def get_preferences(self, asked: Params) -> dict[str, Any]:
        """What somebody prefers."""
        return {"preferences": await self.st.preferences.get(asked.get("workflow"), user=asked.get("user"))}

    async def set_preferences(self, asked: Params) -> dict[str, Any]:
        """Prefer something."""
        words = dict(asked["words"])
        if "user" in words:
            raise InvalidInput(
                "Nothing was kept: user: it is who prefers something, and stands beside words."
            )
        workflow, user = asked.get("workflow"), asked.get("user")
        return {"preferences": await self.st.preferences.set(workflow, user=user, **words)}

    async def forget_preferences(self, asked: Params) -> dict[str, Any]:
        """Prefer nothing any more."""
        await self.st.preferences.forget(
            asked.get("workflow"), user=asked.get("user"), names=asked.get("names")
        )
        return {}


def run_id_in(asked: Params, *, needed: bool = True) -> Any:
    """The run that is asked for, in either spelling.

    >>> run_id_in({"runId": "5ea8"}), run_id_in({}, needed=False)
    ('5ea8', None)
    """
    found = asked.get("run_id", asked.get("runId"))
    if found is None and needed:
        raise Fault(INVALID_PARAMS, "run_id is missing.")
    return found


def _wish(asked: Params) -> list[Any]:
    """What a submit is for, as given; of links that die only what stays the same when they are asked for anew."""
    which = next(asked[one] for one in ("deployment", "deployment_id", "deploymentId") if one in asked)

    def lasting(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: lasting(one) for name, one in value.items()}
        if isinstance(value, list):
            return [lasting(one) for one in value]
        link = isinstance(value, str) and value[:4].lower() == "http" and is_passing(value)
        return value.partition("?")[0] if link else value

    return [which, asked.get("environment"), lasting(asked.get("inputs", {}))]
