"""The synchronous classes. Written by scripts/generate_sync.py from the asynchronous ones; do not edit.

Each method hands its coroutine to one background event loop and waits: see ``portal``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from stationthis_sdk import portal
from stationthis_sdk.cache import AsyncCache
from stationthis_sdk.client import AsyncStationThis
from stationthis_sdk.config import Settings
from stationthis_sdk.deployments import AsyncDeployment, AsyncDeployments
from stationthis_sdk.entities import (
    DeploymentRecord,
    MachineRecord,
    Progress,
    RunRecord,
    RunState,
    Source,
    Timeouts,
    UploadedFile,
)
from stationthis_sdk.errors import Exchange, RunError
from stationthis_sdk.events import RunEvent
from stationthis_sdk.files import AsyncFiles
from stationthis_sdk.flags import Flags
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.machines import AsyncMachine, AsyncMachines
from stationthis_sdk.models import AsyncModels
from stationthis_sdk.options import OnInterrupt
from stationthis_sdk.outputs.output import MAX_BYTES, AsyncOutput, Outputs
from stationthis_sdk.outputs.sidecar import SavedRun
from stationthis_sdk.runs import AsyncRun, AsyncRuns
from stationthis_sdk.sessions import AsyncSessions
from stationthis_sdk.ui import Links
from stationthis_sdk.workflows import AsyncWorkflows

__all__ = [
    "Cache",
    "Deployment",
    "Deployments",
    "Files",
    "Machine",
    "Machines",
    "Models",
    "Output",
    "Run",
    "Runs",
    "Sessions",
    "StationThis",
    "Workflows",
]

if TYPE_CHECKING:
    import builtins

    from PIL.Image import Image

    from stationthis_sdk.api.connect import HttpClient

T = TypeVar("T")
A = TypeVar("A")


class _Sync(Generic[A]):
    """Holds the asynchronous twin that does the work."""

    _inner: A

    @classmethod
    def _of(cls, inner: A) -> Self:
        made = cls.__new__(cls)
        made._inner = inner
        return made

    def _own(self, inner: A) -> Self:
        return self if inner is self._inner else self._of(inner)


def _call(awaitable: Awaitable[T]) -> T:
    __tracebackhide__ = True
    try:
        return portal.call(awaitable)
    except RunError as error:
        if isinstance(error.run, AsyncRun):
            error.run = Run._of(error.run)
        raise


class Output(_Sync[AsyncOutput]):
    """One output. Its bytes are fetched when asked for, and are never changed on the way."""

    @property
    def kind(self) -> str:
        """image, animation, video, audio, mesh, text or file."""
        return self._inner.kind

    @property
    def name(self) -> str | None:
        """What the workflow's author called this output, if anything."""
        return self._inner.name

    @property
    def url(self) -> str | None:
        """Where the file is; None for a text. Links of private accounts die after an hour."""
        return self._inner.url

    @property
    def filename(self) -> str:
        """The service's name for the file; it never chooses a path here."""
        return self._inner.filename

    @property
    def mime(self) -> str | None:
        """The media type, as far as it is known."""
        return self._inner.mime

    @property
    def node_id(self) -> str | None:
        """The node of the graph that made it."""
        return self._inner.node_id

    def __repr__(self) -> str:
        return self._inner.__repr__()

    def bytes(self, *, max_bytes: int = MAX_BYTES) -> builtins.bytes:
        """Fetch the file's bytes, untouched; a text's are its UTF-8.

        Raises:
            DownloadFailed: gone, larger than ``max_bytes``, or the connection broke again and again.
        """
        return _call(self._inner.bytes(max_bytes=max_bytes))

    def text(self) -> str:
        """Read a text output, or a text file's content.

        Raises:
            DownloadFailed: it is no text.
        """
        return _call(self._inner.text())

    def image(self) -> Image:
        """Open the picture with Pillow.

        Raises:
            MissingExtra: Pillow is not installed.
            DownloadFailed: it is no picture that Pillow can open.
        """
        return _call(self._inner.image())

    def save(self, to: str | Path = ".", *, sidecar: bool = False, max_bytes: int = MAX_BYTES) -> Path:
        """Save the file whole and return its path.

        ``to`` is a folder (made when missing), where the file gets a name from deployment, seed and place, or a
        file's path, which is replaced. With ``sidecar`` a JSON of inputs and ids goes beside it.

        Raises:
            InvalidInput: the name's ending is that of another type; the bytes are never converted.
            SaveFailed: disk full, not allowed; nothing is left behind.
            DownloadFailed: see ``bytes``.
        """
        return _call(self._inner.save(to, sidecar=sidecar, max_bytes=max_bytes))


class Run(_Sync[AsyncRun]):
    """One run. What it shows is what was last heard; ``refresh``, ``wait`` and ``follow`` ask."""

    def __repr__(self) -> str:
        return self._inner.__repr__()

    @property
    def id(self) -> str:
        """The service's id of the run."""
        return self._inner.id

    @property
    def state(self) -> RunState:
        """The last state heard; it never goes back, and the end sticks."""
        return self._inner.state

    @property
    def progress(self) -> Progress:
        """How far the run was when last heard of."""
        return self._inner.progress

    @property
    def inputs(self) -> dict[str, Any]:
        """The inputs as sent: defaults left out, seeds that were drawn included, uploads as links."""
        return self._inner.inputs

    @property
    def record(self) -> RunRecord:
        """Everything known of the run, as data."""
        return self._inner.record

    @property
    def from_cache(self) -> bool:
        """Whether this is an earlier run that was found instead of paying for the same again."""
        return self._inner.from_cache

    @property
    def outputs(self) -> Outputs[Output]:
        """What the run has made so far."""
        return self._inner.outputs.map(Output._of)

    def refresh(self) -> Run:
        """Ask the service for the run's present state and return the run.

        Raises:
            NotFound: the service does not know the run (any more).
        """
        return self._own(_call(self._inner.refresh()))

    def wait(
        self,
        *,
        timeout: float | None = None,
        on_progress: Callable[[Progress], object] | None = None,
        on_interrupt: OnInterrupt | None = None,
    ) -> Run:
        """Wait until the run has ended well, and return it.

        ``timeout`` is in seconds for all of it; the other limits are the client's. Polls that fail are tried
        again until a limit runs out. Interrupted (Ctrl-C, SIGTERM, task cancellation), it cancels the run on the
        service first; ``on_interrupt="detach"`` leaves it running.

        Raises:
            RunFailed, RunCancelled, RunTimedOut: it ended otherwise.
            TimedOut: a limit ran out; the run goes on.

        Example:
            >>> run = portrait.submit(prompt="a harbour", steps=2)
            >>> run.wait().state
            'success'
        """
        return self._own(
            _call(
                self._inner.wait(
                    timeout=timeout, on_progress=portal.on_caller(on_progress), on_interrupt=on_interrupt
                )
            )
        )

    def follow(
        self, *, timeout: float | None = None, on_interrupt: OnInterrupt | None = None
    ) -> Iterator[RunEvent]:
        """Yield what happens to the run, as it happens, until its end; a failed run ends, too, without raising.

        Limits and interruption are those of ``wait``, also while the body of the loop runs; leaving the loop by
        yourself leaves the run running.

        Example:
            >>> run = portrait.submit(prompt="a harbour", steps=2)
            >>> [event.kind for event in run.follow()][-1]
            'end'
        """
        yield from portal.iterate(self._inner.follow(timeout=timeout, on_interrupt=on_interrupt))

    def cancel(self) -> RunState:
        """Cancel the run on the service and return the state it ended in.

        A run that has ended already keeps its end.

        Raises:
            CancelRefused: the service would not: a classic machine's run, or one not handed to a machine yet.
        """
        return _call(self._inner.cancel())

    def save(self, to: str | Path = ".", *, sidecar: bool = True) -> builtins.list[Path]:
        """Save every output into a folder and return the paths; a JSON of inputs and ids goes beside each.

        Names are made of the deployment's name and the seed; a file that is there already is kept, unless it is
        this very output.

        Raises:
            InvalidInput: ``to`` is a file's name, or the run has not ended and made nothing yet.
            SaveFailed, DownloadFailed: see ``Output.save``.
        """
        return _call(self._inner.save(to, sidecar=sidecar))

    def again(self, **changes: Any) -> Run:
        """Run the same deployment with the same inputs and these changes, and return the finished run.

        The seed stays the same unless changed; ``seed=None`` draws a new one.

        Example:
            >>> run = portrait(prompt="a harbour", seed=3, steps=2)
            >>> run.again(prompt="a forest").inputs["seed"]
            3
        """
        return self._own(_call(self._inner.again(**changes)))


class Runs(_Sync[AsyncRuns]):
    """Runs by id, and from saved files."""

    def __repr__(self) -> str:
        return self._inner.__repr__()

    def get(self, run_id: str) -> Run:
        """Reattach to a run by its id.

        Raises:
            NotFound: no such run for this key.
        """
        return Run._of(_call(self._inner.get(run_id)))

    def from_file(self, path: str | Path) -> SavedRun:
        """Read a saved file's inputs back: from the JSON beside it, or from the note ComfyUI puts into pictures.

        Raises:
            InvalidInput: no such file, or it tells nothing.
        """
        return _call(self._inner.from_file(path))


class Deployment(_Sync[AsyncDeployment]):
    """A workflow made ready to run on a machine. Call it with its inputs to get the finished run.

    Example:
        >>> run = portrait(prompt="a lighthouse at dusk", seed=7, steps=2)
        >>> run.state, run.outputs[0].kind
        ('success', 'image')
    """

    def __repr__(self) -> str:
        return self._inner.__repr__()

    @property
    def id(self) -> str:
        """The service's id; it may change when the workflow is deployed anew, the name does not."""
        return self._inner.id

    @property
    def name(self) -> str:
        """The name of its workflow."""
        return self._inner.name

    @property
    def environment(self) -> str:
        """production, staging, preview, public-share, private-share or community-share."""
        return self._inner.environment

    @property
    def description(self) -> str:
        """What its workflow's author says of it."""
        return self._inner.description

    @property
    def version(self) -> int | None:
        """The number of the workflow's version that is deployed."""
        return self._inner.version

    @property
    def record(self) -> DeploymentRecord:
        """Everything known of the deployment, as data; its graph included."""
        return self._inner.record

    @property
    def inputs(self) -> Inputs:
        """Its inputs by name: those the service lists and those only the graph has (seeds, face models).

        Example:
            >>> portrait.inputs["steps"].maximum
            60
        """
        return self._inner.inputs

    def options(
        self,
        *,
        timeout: float | Timeouts | None = None,
        gpu: str | None = None,
        webhook: str | None = None,
        cache: bool | None = None,
        allow_unknown: bool | None = None,
        on_interrupt: OnInterrupt | None = None,
    ) -> Deployment:
        """Return a copy that runs otherwise; what is not given stays as it is.

        timeout: seconds for a whole call, or ``Timeouts`` by phase. gpu: what to ask for; the deployment's own
        wins. webhook: a URL that hears of every change of state. cache: return an earlier, equal, successful run
        made from this machine instead of paying again; only when every seed is given. allow_unknown: send inputs
        the workflow does not declare. on_interrupt: "cancel" (default) or "detach".

        Example:
            >>> quick = portrait.options(timeout=120, cache=True)
        """
        return self._own(
            self._inner.options(
                timeout=timeout,
                gpu=gpu,
                webhook=webhook,
                cache=cache,
                allow_unknown=allow_unknown,
                on_interrupt=on_interrupt,
            )
        )

    def __call__(self, inputs: Mapping[str, Any] | None = None, /, **more: Any) -> Run:
        """Check the inputs, upload files, run, wait, and return the finished run.

        Inputs are keywords, or a mapping for names that are no keywords. Paths, bytes, pictures and arrays are
        uploaded. Seeds that are missing, None or -1 are drawn and recorded.

        Raises:
            InvalidInput: an input is wrong; nothing was sent.
            RunFailed, RunCancelled, RunTimedOut, TimedOut: see ``Run.wait``.
            AmbiguousSubmit: the service's answer was lost; the run may exist.
        """
        return Run._of(_call(self._inner.__call__(inputs, **more)))

    def submit(self, inputs: Mapping[str, Any] | None = None, /, **more: Any) -> Run:
        """Check the inputs, upload files, start the run and return at once.

        Raises:
            InvalidInput, AmbiguousSubmit: as calling the deployment does.

        Example:
            >>> run = portrait.submit(prompt="a harbour", steps=2)
            >>> run.state
            'not-started'
        """
        return Run._of(_call(self._inner.submit(inputs, **more)))


class Deployments(_Sync[AsyncDeployments]):
    """The deployments of the account: list them, get one by name."""

    def __repr__(self) -> str:
        return self._inner.__repr__()

    def __getitem__(self, name: str) -> Deployment:
        """The deployment of that name; see ``get``."""
        return Deployment._of(_call(self._inner.__getitem__(name)))

    def __iter__(self) -> Iterator[Deployment]:
        """Each deployment."""
        for item in portal.iterate(self._inner.__aiter__()):
            yield Deployment._of(item)

    def list(self, *, environment: str | None = None) -> builtins.list[Deployment]:
        """List all deployments, by name.

        Example:
            >>> [deployment.name for deployment in st.deployments.list()]
            ['picture-to-picture', 'text-to-picture']
        """
        return [Deployment._of(item) for item in _call(self._inner.list(environment=environment))]

    def get(self, name: str, *, environment: str | None = None) -> Deployment:
        """Get one by its workflow's name, its id or its share slug.

        When a workflow is deployed to several environments, production comes first, then staging, then preview;
        ``environment`` picks another. Names are compared exactly first, then without regard to case, spaces and
        dashes.

        Raises:
            NotFound: there is none; ``suggestions`` are near names.
            AmbiguousName: two workflows have that name; ``candidates`` are their ids.

        Example:
            >>> st.deployments.get("Text to Picture").name
            'text-to-picture'
        """
        return Deployment._of(_call(self._inner.get(name, environment=environment)))

    def __contains__(self, name: object) -> bool:
        return _call(self._inner._has(name))

    def _ipython_key_completions_(self) -> builtins.list[str]:
        return _call(self._inner._names())


class Workflows(_Sync[AsyncWorkflows]):
    """The workflows of the account: list them, get one, upload."""

    def __repr__(self) -> str:
        return self._inner.__repr__()


class Machine(_Sync[AsyncMachine]):
    """What runs graphs: one of the service's kinds of GPU, or a ComfyUI server of one's own."""

    def __repr__(self) -> str:
        return self._inner.__repr__()

    @property
    def id(self) -> str:
        """The service's id."""
        return self._inner.id

    @property
    def name(self) -> str:
        """What its owner calls it."""
        return self._inner.name

    @property
    def type(self) -> str:
        """classic, comfy-deploy-serverless and others."""
        return self._inner.type

    @property
    def status(self) -> str:
        """ready, building, error and others, when last heard of."""
        return self._inner.status

    @property
    def gpu(self) -> str | None:
        """Its GPU; None for machines of one's own."""
        return self._inner.gpu

    @property
    def record(self) -> MachineRecord:
        """Everything known of the machine, as data."""
        return self._inner.record

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._inner.source


class Machines(_Sync[AsyncMachines]):
    """The machines of the account."""

    def __repr__(self) -> str:
        return self._inner.__repr__()

    def list(self) -> builtins.list[Machine]:
        """List the machines that are not deleted, by name.

        Example:
            >>> [machine.name for machine in st.machines.list()]
            ['classic-machine', 'this-machine']
        """
        return [Machine._of(item) for item in _call(self._inner.list())]


class Models(_Sync[AsyncModels]):
    """The models of the account."""

    def __repr__(self) -> str:
        return self._inner.__repr__()


class Sessions(_Sync[AsyncSessions]):
    """Interactive sessions."""

    def __repr__(self) -> str:
        return self._inner.__repr__()


class Files(_Sync[AsyncFiles]):
    """Uploads by hand; inputs that are files are uploaded by being passed."""

    def __repr__(self) -> str:
        return self._inner.__repr__()

    def upload(self, file: Any) -> UploadedFile:
        """Upload a path, bytes, an open binary file, a Pillow image or a numpy array.

        Raises:
            InvalidInput: no such file, empty, over 250 MiB, or of a type the service refuses (text, for one).

        Example:
            >>> (st.files.upload(bytes.fromhex("504b0304"))).name
            'file.zip'
        """
        return _call(self._inner.upload(file))


class Cache(_Sync[AsyncCache]):
    """The copies of answers on this machine."""

    def __repr__(self) -> str:
        return self._inner.__repr__()


class StationThis(_Sync[AsyncStationThis]):
    """ComfyUI Deploy: workflows, deployments, runs, machines, models and files of one account.

    api_key: else ``STATIONTHIS_API_KEY``, ``COMFY_DEPLOY_API_KEY``, else the profile. base_url: else
    ``STATIONTHIS_BASE_URL``, else the profile, else the cloud. profile: a name in the profiles file. local: run on
    this machine, without a key: joins the gateway of the data folder or starts it. timeouts: limits by phase.
    flags: what is switched on and off, see ``Flags``.
    http_client: an httpx client of your own (proxies, certificates), which stays yours to close.

    Raises:
        NoKey: no key anywhere.
        ConfigError: a setting is wrong.

    Example:
        >>> with StationThis(local=True) as st:
        ...     portrait = st.deployments.get("text-to-picture")
        ...     run = portrait(prompt="a lighthouse at dusk", seed=7, steps=2)
        >>> run.state
        'success'
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        profile: str | None = None,
        *,
        local: bool = False,
        timeouts: Timeouts | None = None,
        flags: Flags | Mapping[str, bool] | None = None,
        http_client: HttpClient | None = None,
    ) -> None:
        portal.watch_signals()
        self._inner = AsyncStationThis(
            api_key, base_url, profile, local=local, timeouts=timeouts, flags=flags, http_client=http_client
        )

    def __repr__(self) -> str:
        return self._inner.__repr__()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _call(self._inner.__aexit__(kind, error, trace))

    @property
    def workflows(self) -> Workflows:
        """Workflows: list them, get one by name, upload."""
        return Workflows._of(self._inner.workflows)

    @property
    def deployments(self) -> Deployments:
        """Deployments: list them, get one by name."""
        return Deployments._of(self._inner.deployments)

    @property
    def runs(self) -> Runs:
        """Runs by id and from saved files."""
        return Runs._of(self._inner.runs)

    @property
    def files(self) -> Files:
        """Uploads by hand."""
        return Files._of(self._inner.files)

    @property
    def machines(self) -> Machines:
        """Machines of the account."""
        return Machines._of(self._inner.machines)

    @property
    def models(self) -> Models:
        """Models: search, list, fetch, upload."""
        return Models._of(self._inner.models)

    @property
    def sessions(self) -> Sessions:
        """Interactive ComfyUI sessions."""
        return Sessions._of(self._inner.sessions)

    @property
    def cache(self) -> Cache:
        """The copies of answers on this machine."""
        return Cache._of(self._inner.cache)

    @property
    def ui(self) -> Links:
        """Links to the service's own pages."""
        return self._inner.ui

    @property
    def base_url(self) -> str:
        """Where requests go."""
        return self._inner.base_url

    @property
    def settings(self) -> Settings:
        """What the client works with; the key in it does not show."""
        return self._inner.settings

    @property
    def last_requests(self) -> tuple[Exchange, ...]:
        """The last fifty requests, oldest first, safe to paste into a bug report.

        Example:
            >>> deployments = st.deployments.list()
            >>> st.last_requests[-1].status
            200
        """
        return self._inner.last_requests

    def request(
        self, method: str, path: str, *, json: Any = None, params: Mapping[str, Any] | None = None
    ) -> Any:
        """Call any endpoint of the API, also one that nothing here wraps; the answer is plain JSON.

        ``path`` comes after the base URL. In ``params`` None is left out, a list is repeated. GETs are tried again
        as all reads are, everything else only while no connection was made. None is the answer of an empty body.

        Raises:
            InvalidInput: no plain path, or one that starts a run: ``submit`` does that, so that none is lost.
            StationThisError: what the service made of it, as everywhere.

        Example:
            >>> machines = st.request("GET", "/machines", params={"limit": 1})
            >>> [machine["status"] for machine in machines]
            ['ready']
        """
        return _call(self._inner.request(method, path, json=json, params=params))

    def close(self) -> None:
        """Close the connections, and leave the local gateway; connections of other loops end with them."""
        _call(self._inner.close())
