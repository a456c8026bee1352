"""The synchronous classes. Written by scripts/generate_sync.py from the asynchronous ones; do not edit.

Each method hands its coroutine to one background event loop and waits: see ``portal``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeVar

from stationthis_sdk.inputs.described import Described
from stationthis_sdk.recipes.collections.reviewing import Reviewed
from stationthis_sdk.showing import ShownBatch, ShownDeployment
from stationthis_sdk.shown import Shown

__all__ = [
    "Account",
    "Asset",
    "Assets",
    "Batch",
    "Batches",
    "Cache",
    "Collections",
    "Cook",
    "Deployment",
    "Deployments",
    "Files",
    "Generation",
    "Machine",
    "Machines",
    "Model",
    "ModelDownload",
    "Models",
    "Output",
    "OutputShare",
    "Preferences",
    "PresignedUpload",
    "Receiver",
    "Run",
    "RunLog",
    "Runs",
    "Session",
    "Sessions",
    "SharedWorkflow",
    "StationThis",
    "TrainingJob",
    "Trainings",
    "Version",
    "Workflow",
    "Workflows",
]

if TYPE_CHECKING:
    import builtins
    import os
    from collections.abc import (
        AsyncIterator,
        Awaitable,
        Callable,
        Collection,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    import pandas as pd
    from PIL.Image import Image

    from stationthis_sdk.account import AsyncAccount
    from stationthis_sdk.api.connect import HttpClient
    from stationthis_sdk.assets import AsyncAsset, AsyncAssets
    from stationthis_sdk.batch_lists import AsyncBatches
    from stationthis_sdk.batches.batch import AsyncBatch
    from stationthis_sdk.batches.versions import OnChange
    from stationthis_sdk.cache import AsyncCache, CacheCheck, CacheInfo
    from stationthis_sdk.client import AsyncStationThis
    from stationthis_sdk.config import Settings
    from stationthis_sdk.deployment import AsyncDeployment
    from stationthis_sdk.deployments import AsyncDeployments
    from stationthis_sdk.entities import (
        AccountSettings,
        ApiKey,
        AssetRecord,
        BatchEstimate,
        BatchProgress,
        BatchRow,
        CatalogModel,
        Cost,
        CreditKind,
        DeploymentRecord,
        DownloadRecord,
        FoundModel,
        LogLine,
        ModelProgress,
        ModelRecord,
        Pricing,
        Progress,
        RunRecord,
        RunState,
        SessionRecord,
        SessionSnapshot,
        Source,
        Timeouts,
        UploadedFile,
    )
    from stationthis_sdk.entities.deployments import DeploymentChange, FeaturedDeployment, OutputShareRecord
    from stationthis_sdk.entities.machines import (
        BuildProgress,
        MachineEvent,
        MachineRecord,
        MachineVersionRecord,
        SecretRecord,
    )
    from stationthis_sdk.entities.workflows import (
        GalleryEntry,
        SharedWorkflowRecord,
        VersionRecord,
        WorkflowRecord,
    )
    from stationthis_sdk.errors import Exchange, StationThisError
    from stationthis_sdk.events import RunEvent
    from stationthis_sdk.files import AsyncFiles
    from stationthis_sdk.flags import Flags
    from stationthis_sdk.graphs.results import OutputNode
    from stationthis_sdk.inputs.fields import Inputs
    from stationthis_sdk.inputs.graphs import GraphLike
    from stationthis_sdk.listing import Listing
    from stationthis_sdk.machine import AsyncMachine
    from stationthis_sdk.machines import AsyncMachines
    from stationthis_sdk.model import AsyncModel
    from stationthis_sdk.models import AsyncModels
    from stationthis_sdk.money.moments import Moment
    from stationthis_sdk.money.report import CostReport
    from stationthis_sdk.names import Named
    from stationthis_sdk.options import OnInterrupt
    from stationthis_sdk.outputs.output import AsyncOutput, Outputs
    from stationthis_sdk.outputs.sidecar import SavedRun
    from stationthis_sdk.recipes.collections.collection import Collection as Cookable
    from stationthis_sdk.recipes.collections.cook import AsyncCook, Numbers
    from stationthis_sdk.recipes.collections.cooks import AsyncCollections
    from stationthis_sdk.recipes.collections.exporting import Export
    from stationthis_sdk.recipes.collections.faults import Report
    from stationthis_sdk.recipes.collections.piece import Piece
    from stationthis_sdk.recipes.images.chains import Chain
    from stationthis_sdk.recipes.images.generation import AsyncGeneration
    from stationthis_sdk.recipes.images.preferences import AsyncPreferences
    from stationthis_sdk.recipes.training.dataset import Dataset
    from stationthis_sdk.recipes.training.events import TrainingEvent
    from stationthis_sdk.recipes.training.job import AsyncTrainingJob
    from stationthis_sdk.recipes.training.loss import LossCurve
    from stationthis_sdk.recipes.training.pictures import Resize
    from stationthis_sdk.recipes.training.planning import TrainingPlan
    from stationthis_sdk.recipes.training.trainings import AsyncTrainings
    from stationthis_sdk.run_lists import AsyncRuns
    from stationthis_sdk.run_logs import AsyncRunLog
    from stationthis_sdk.runs import AsyncRun
    from stationthis_sdk.secret import Secret
    from stationthis_sdk.session import AsyncSession
    from stationthis_sdk.sessions import AsyncSessions
    from stationthis_sdk.settling import Settled
    from stationthis_sdk.shared_workflows import AsyncSharedWorkflow
    from stationthis_sdk.shares import AsyncOutputShare
    from stationthis_sdk.store.deliveries import Undelivered
    from stationthis_sdk.ui import Links
    from stationthis_sdk.uploads.presigned import AsyncPresignedUpload
    from stationthis_sdk.versions import AsyncVersion
    from stationthis_sdk.volume.downloads import AsyncModelDownload
    from stationthis_sdk.webhooks.receiver import Answer, AsyncReceiver
    from stationthis_sdk.workflow import AsyncWorkflow
    from stationthis_sdk.workflows import AsyncWorkflows

T = TypeVar("T")
E = TypeVar("E", bound=Exception)


class _Sync(Shown):
    """Holds the asynchronous twin that does the work."""

    _inner: Any

    @classmethod
    def _of(cls, inner: Any) -> Self:
        made = cls.__new__(cls)
        made._inner = inner
        return made

    def _own(self, inner: Any) -> Self:
        return self if inner is self._inner else self._of(inner)


def _twin(value: Any) -> Any:
    return value._inner if isinstance(value, _Sync) else value


def _of_runs(function: Callable[[Run], object] | None) -> Callable[[AsyncRun], object] | None:
    return None if function is None else lambda run: function(Run._of(run))


def _call(awaitable: Awaitable[T], *, last: bool = False) -> T:
    __tracebackhide__ = True
    from stationthis_sdk import portal  # noqa: PLC0415 - the loop is loaded when it is needed

    try:
        return portal.call(awaitable, last=last)
    except Exception as error:
        _coloured(error)
        raise


def _iterate(items: AsyncIterator[T]) -> Iterator[T]:
    from stationthis_sdk import portal  # noqa: PLC0415 - the loop is loaded when it is needed

    return portal.iterate(items)


def _on_caller(function: Callable[..., Any] | None) -> Callable[..., Awaitable[None]] | None:
    from stationthis_sdk import portal  # noqa: PLC0415 - the loop is loaded when it is needed

    return portal.on_caller(function)


def _coloured(error: E) -> E:
    """The same error, with what it carries in its caller's colour."""
    for name in ("run", "batch", "generation"):
        carried = getattr(error, name, None)
        # By its name: an error that carries nothing loads no module.
        if own := _OWN.get(type(carried).__name__):
            setattr(error, name, own._of(carried))
    return error


class Output(_Sync):
    """One output. Its bytes are fetched when asked for, and are never changed on the way."""

    _inner: AsyncOutput

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

    def bytes(self, *, max_bytes: int = 2 << 30) -> builtins.bytes:
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

    def save(self, to: str | Path = ".", *, sidecar: bool = False, max_bytes: int = 2 << 30) -> Path:
        """Save the file whole and return its path.

        ``to`` is a folder (made when missing), where the file gets a name from deployment, seed and place, or a
        file's path, which is replaced. With ``sidecar`` a JSON of inputs and ids goes beside it.

        Raises:
            InvalidInput: the name's ending is that of another type; the bytes are never converted.
            SaveFailed: disk full, not allowed; nothing is left behind.
            DownloadFailed: see ``bytes``.
        """
        return _call(self._inner.save(to, sidecar=sidecar, max_bytes=max_bytes))


class OutputShare(_Sync):
    """One output of a run, shown to others. It can be deleted, not changed."""

    _inner: AsyncOutputShare

    def __repr__(self) -> str:
        return self._inner.__repr__()

    @property
    def id(self) -> str:
        """The service's id of the share."""
        return self._inner.id

    @property
    def run_id(self) -> str | None:
        """The run that made the output."""
        return self._inner.run_id

    @property
    def visibility(self) -> str:
        """private, link or public."""
        return self._inner.visibility

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The inputs of the run: whoever sees the output sees them, too."""
        return self._inner.inputs

    @property
    def record(self) -> OutputShareRecord:
        """Everything known of the share, as data."""
        return self._inner.record

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._inner.source

    def delete(self) -> None:
        """Show the output no longer.

        Raises:
            NotFound: it is deleted already, or somebody else's.
        """
        _call(self._inner.delete())


class RunLog(_Sync):
    """The log of a run: a loop over it yields its lines, oldest first; each loop begins anew."""

    _inner: AsyncRunLog

    def __repr__(self) -> str:
        return self._inner.__repr__()

    def __iter__(self) -> Iterator[LogLine]:
        yield from _iterate(self._inner.__aiter__())

    def to_frame(self) -> pd.DataFrame:
        """Its lines as a pandas frame: ``time`` (UTC), ``level`` (a category) and ``message``.

        Raises:
            MissingExtra: pandas is not installed.

        Example:
            >>> run = portrait(prompt="a harbour", seed=3, steps=2, width=64, height=64)
            >>> list(run.logs().to_frame().columns)
            ['time', 'level', 'message']
        """
        return _call(self._inner.to_frame())


class Run(_Sync):
    """One run. What it shows is what was last heard; ``refresh``, ``wait`` and ``follow`` ask."""

    _inner: AsyncRun

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
        """The inputs as sent: defaults left out, seeds that were drawn included, uploads as links.

        Raises:
            InvalidInput: it comes from a list that does not tell them, see ``Runs.list``: refresh() first.
        """
        return self._inner.inputs

    @property
    def tags(self) -> tuple[str, ...]:
        """What it was tagged with when it was submitted; this machine alone knows."""
        return self._inner.tags

    @property
    def reason(self) -> str | None:
        """Why it failed, in the words of the machine that ran it: known once its end was waited for or followed.

        The service keeps no reason with a run; it is looked for in the raw list of the workflow's runs and in the log.
        None where neither tells.
        """
        return self._inner.reason

    @property
    def cost(self) -> Cost:
        """What it cost: seconds at work times the rate of its own GPU; while it works, what it costs so far.

        In US dollars, an estimate: the service bills cold starts as well. Learnt once, when its end is heard of, and kept
        on this machine with the rate and its source. ``estimated`` is None, never 0, where it is not known; ``why`` says
        why. Asks nobody.

        Example:
            >>> run = portrait(prompt="a harbour", seed=3, steps=1, width=64, height=64)
            >>> run.cost.estimated, run.cost.gpu, run.cost.rate_source
            (0.0, 'CPU', 'service')
        """
        return self._inner.cost

    @property
    def record(self) -> RunRecord:
        """Everything known of the run, as data."""
        return self._inner.record

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._inner.source

    @property
    def where(self) -> str:
        """Where it runs: cloud, or local for a gateway on this machine."""
        return self._inner.where

    @property
    def from_cache(self) -> bool:
        """Whether this is an earlier run that was found instead of paying for the same again."""
        return self._inner.from_cache

    @property
    def outputs(self) -> Outputs[Output]:
        """What the run has made so far.

        Raises:
            InvalidInput: it comes from a list that does not tell them, see ``Runs.list``: refresh() first.
        """
        return self._inner.outputs.map(Output._of)

    def to_frame(self, *, per: str = "run") -> pd.DataFrame:
        """What is known of it as a pandas frame of one row, or with ``per="output"`` of one row for each output. Asks nobody.

        Columns are run_id, deployment, state, its inputs by their names, reason, created_at, started_at, ended_at (UTC),
        queued and duration, gpu, cost (US dollars, estimated) or cost_why, tags, from_cache, outputs (how many),
        output_url and picture; per output also output_place, _name, _kind, _filename, _mime, _node and _text. An input
        that is called like one of them is ``input_…``. Seeds of any size stay exact: UInt64 where Int64 is too small.

        Raises:
            InvalidInput: ``per`` is neither; or the run comes from a list that does not tell its outputs.
            MissingExtra: pandas is not installed.

        Example:
            >>> run = portrait(prompt="a harbour", seed=3, steps=1, width=64, height=64)
            >>> run.to_frame()[["state", "prompt", "seed"]].to_dict("records")
            [{'state': 'success', 'prompt': 'a harbour', 'seed': 3}]
        """
        return self._inner.to_frame(per=per)

    def refresh(self) -> Run:
        """Ask the service for the run's present state and return the run.

        Raises:
            NotFound: the service does not know the run (any more).
        """
        return self._own(_call(self._inner.refresh()))

    def share(
        self, output: int | str = 0, *, visibility: str = "private", kind: str | None = None
    ) -> OutputShare:
        """Show one of its outputs to others, and return the share; ``delete`` ends it.

        output: its place, or its name. visibility: private, link (whoever has the address), or public. kind: image,
        video, 3d or other; what the file's name says by default. An output has one share, which can't be changed.

        Raises:
            InvalidInput: no such visibility or kind; or it is shared already, otherwise.
            NotFound: the run has no such output.

        Example:
            >>> run = portrait(prompt="a lighthouse", seed=7, steps=1, width=64, height=64)
            >>> share = run.share(visibility="link")
            >>> share.visibility, share.run_id == run.id
            ('link', True)
            >>> share.delete()
        """
        return OutputShare._of(_call(self._inner.share(output, visibility=visibility, kind=kind)))

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
                    timeout=timeout, on_progress=_on_caller(on_progress), on_interrupt=on_interrupt
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
        yield from _iterate(self._inner.follow(timeout=timeout, on_interrupt=on_interrupt))

    def logs(self, *, follow: bool = False, webhooks: bool = False) -> RunLog:
        """The run's log, to loop over or as a frame: the lines written so far; with ``follow`` all until its end.

        Lines come oldest first, with ``time`` (aware UTC), ``level`` and ``message``. A stream that breaks is opened
        again, and no line comes twice. Leaving the loop, also by Ctrl-C, leaves the run running. webhooks: with its
        deliveries, whose messages are JSON. What the service has archived, a minute after the run's end, has no levels:
        info.

        The loop raises:
            NotFound: the server has no logs, or the run is gone.
            ConnectionFailed, ConnectionLost, ServerError: the service does not answer, for long.

        Example:
            >>> run = portrait(prompt="a harbour", seed=3, steps=2, width=64, height=64)
            >>> [line.message for line in run.logs()][-1]
            'success'
        """
        return RunLog._of(self._inner.logs(follow=follow, webhooks=webhooks))

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


class Version(_Sync):
    """One version of a workflow; it never changes. What it knows is read from its graph.

    Example:
        >>> version = st.workflows.get("text-to-picture").version(1)
        >>> version.number, version.kind, version.inputs["steps"].maximum
        (1, 'image', 60)
    """

    _inner: AsyncVersion

    def __repr__(self) -> str:
        return self._inner.__repr__()

    @property
    def id(self) -> str:
        """The service's id."""
        return self._inner.id

    @property
    def number(self) -> int:
        """Its number; the first is 1."""
        return self._inner.number

    @property
    def comment(self) -> str:
        """What its author says of it."""
        return self._inner.comment

    @property
    def created_at(self) -> datetime | None:
        """When it was made, UTC."""
        return self._inner.created_at

    @property
    def graph(self) -> Mapping[str, Any] | None:
        """The graph in API format, which is what runs."""
        return self._inner.graph

    @property
    def ui_graph(self) -> Mapping[str, Any] | None:
        """The graph as ComfyUI's editor shows it."""
        return self._inner.ui_graph

    @property
    def inputs(self) -> Inputs:
        """Its inputs by name, with defaults, ranges, options and help."""
        return self._inner.inputs

    @property
    def outputs(self) -> tuple[OutputNode, ...]:
        """The nodes whose work is a result; those that are only previewed come last."""
        return self._inner.outputs

    @property
    def kind(self) -> str | None:
        """What it makes above all: image, animation, video, audio, mesh, text or file."""
        return self._inner.kind

    @property
    def category(self) -> str:
        """text-to-image, image-to-image, video, audio, 3d, interrogate (pictures in, text out), text or other."""
        return self._inner.category

    @property
    def base_model(self) -> str | None:
        """FLUX, KONTEXT, WAN, SDXL, SD1.5 and others; None where the graph does not tell."""
        return self._inner.base_model

    @property
    def supports_lora(self) -> bool:
        """Whether whoever runs it can choose a LoRA: by an input, or by tags in a text."""
        return self._inner.supports_lora

    @property
    def loras(self) -> tuple[str, ...]:
        """The LoRA files its loaders name."""
        return self._inner.loras

    @property
    def node_classes(self) -> tuple[str, ...]:
        """The classes of its nodes that run, each once, by name."""
        return self._inner.node_classes

    @property
    def record(self) -> VersionRecord:
        """Everything known of the version, as data."""
        return self._inner.record

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._inner.source


class SharedWorkflow(_Sync):
    """A published workflow: anybody may look at it and take it.

    Example:
        >>> mine = st.workflows.get("text-to-picture")
        >>> shared = mine.share("Lighthouses", description="A few words in, a picture out.")
        >>> shared.slug, [one.title for one in st.workflows.shared("lighthouse")]
        ('lighthouses', ['Lighthouses'])
        >>> sorted(shared.download()["workflow_api"])[:2]
        ['1', '2']
        >>> mine.unshare()
    """

    _inner: AsyncSharedWorkflow

    def __repr__(self) -> str:
        return self._inner.__repr__()

    @property
    def slug(self) -> str:
        """Its address among the published ones; it stays when the title changes."""
        return self._inner.slug

    @property
    def title(self) -> str:
        """What its author calls it."""
        return self._inner.title

    @property
    def description(self) -> str:
        """What its author says of it."""
        return self._inner.description

    @property
    def cover(self) -> str | None:
        """The address of its picture."""
        return self._inner.cover

    @property
    def author(self) -> str | None:
        """The id of who published it."""
        return self._inner.author

    @property
    def views(self) -> int:
        """How often it was looked at, when last heard."""
        return self._inner.views

    @property
    def downloads(self) -> int:
        """How often it was taken, when last heard."""
        return self._inner.downloads

    @property
    def created_at(self) -> datetime | None:
        """When it was published, UTC."""
        return self._inner.created_at

    @property
    def record(self) -> SharedWorkflowRecord:
        """Everything known of it, as data."""
        return self._inner.record

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._inner.source

    def refresh(self) -> SharedWorkflow:
        """Ask the service for its present state and return it.

        Raises:
            NotFound: it is published no more.
        """
        return self._own(_call(self._inner.refresh()))

    def view(self) -> int:
        """Count a look at it, as the service's page does, and return how many there were.

        Raises:
            NotFound: it is published no more.
        """
        return _call(self._inner.view())

    def download(self) -> dict[str, Any]:
        """Take its file: the editor's graph with ``workflow_api`` beside; ``st.workflows.upload`` reads it.

        Raises:
            NotFound: it is published no more.
        """
        return _call(self._inner.download())


class Workflow(_Sync):
    """A graph with its versions. Deploy it to run it by name, or ``submit`` a graph of your own under it.

    ``inputs``, ``outputs``, ``kind``, ``category``, ``base_model``, ``supports_lora``, ``loras`` and ``node_classes``
    are read from the newest version's graph. Lists tell no graphs: there they raise InvalidInput until ``refresh``
    has read it, and NotFound when there is no version.

    Example:
        >>> drawing = st.workflows.get("text-to-picture")
        >>> drawing.category, drawing.inputs["steps"].maximum
        ('text-to-image', 60)
    """

    _inner: AsyncWorkflow

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
    def description(self) -> str:
        """What its owner says of it."""
        return self._inner.description

    @property
    def pinned(self) -> bool:
        """Whether it stands first in lists."""
        return self._inner.pinned

    @property
    def created_at(self) -> datetime | None:
        """When it was made, UTC."""
        return self._inner.created_at

    @property
    def updated_at(self) -> datetime | None:
        """When it was changed last, UTC."""
        return self._inner.updated_at

    @property
    def newest(self) -> Version | None:
        """Its newest version, when last heard; None when it has none, or came from a list: ``refresh`` reads it."""
        return None if (found := self._inner.newest) is None else Version._of(found)

    @property
    def inputs(self) -> Inputs:
        """Its inputs by name, with defaults, ranges, options and help."""
        return self._inner.inputs

    @property
    def outputs(self) -> tuple[OutputNode, ...]:
        """The nodes whose work is a result; those that are only previewed come last."""
        return self._inner.outputs

    @property
    def kind(self) -> str | None:
        """What it makes above all; see ``Version.kind``."""
        return self._inner.kind

    @property
    def category(self) -> str:
        """What it is good for; see ``Version.category``."""
        return self._inner.category

    @property
    def base_model(self) -> str | None:
        """FLUX, KONTEXT, WAN, SDXL, SD1.5 and others; None where the graph does not tell."""
        return self._inner.base_model

    @property
    def supports_lora(self) -> bool:
        """Whether whoever runs it can choose a LoRA."""
        return self._inner.supports_lora

    @property
    def loras(self) -> tuple[str, ...]:
        """The LoRA files its loaders name."""
        return self._inner.loras

    @property
    def node_classes(self) -> tuple[str, ...]:
        """The classes of its nodes that run, each once, by name."""
        return self._inner.node_classes

    @property
    def record(self) -> WorkflowRecord:
        """Everything known of it, as data."""
        return self._inner.record

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._inner.source

    def refresh(self) -> Workflow:
        """Ask the service for its present state, newest version included, and return it.

        Raises:
            NotFound: it was deleted.
        """
        return self._own(_call(self._inner.refresh()))

    def versions(self, *, search: str | None = None) -> Listing[Version]:
        """List every version, the newest first; ``search`` is a part of the comment.

        Raises:
            NotFound: it was deleted.

        Example:
            >>> [version.number for version in st.workflows.get("text-to-picture").versions()]
            [1]
        """
        return _call(self._inner.versions(search=search))._map(Version._of)

    def version(self, version: int | str | None = None) -> Version:
        """Get one version by its number or id; the newest without.

        Raises:
            NotFound: there is no such version of this workflow, or it was deleted.
            InvalidInput: it is neither a number nor an id.
        """
        return Version._of(_call(self._inner.version(version)))

    def add_version(
        self,
        graph: GraphLike,
        *,
        comment: str | None = None,
        machine: Machine | str | None = None,
        object_info: Machine | GraphLike | None = None,
    ) -> Version:
        """Upload another graph as the newest version, and return it.

        graph: in API or UI format, a mapping, JSON text or a path. machine: its preview deployment moves to the new
        version. object_info: what a graph that is in UI format only is converted with, see ``Workflows.upload``; by
        default what that machine says.

        Raises:
            InvalidInput: it is no graph, or can't be converted; nothing was sent.
            NotFound: the workflow was deleted, or there is no such machine.

        Example:
            >>> portrait_too = st.workflows.upload(st.workflows.get("text-to-picture").newest.graph, name="example-more")
            >>> changed = {**portrait_too.newest.graph, "99": {"class_type": "EmptyImage", "inputs": {}}}
            >>> portrait_too.add_version(changed, comment="with an image").number
            2
            >>> portrait_too.delete()
        """
        return Version._of(
            _call(
                self._inner.add_version(
                    graph, comment=comment, machine=_twin(machine), object_info=_twin(object_info)
                )
            )
        )

    def rename(self, name: str) -> Workflow:
        """Give it another name, and return it. Deployments are got by the new name from then on.

        Raises:
            InvalidInput: the name is empty.
        """
        return self._own(_call(self._inner.rename(name)))

    def describe(self, description: str) -> Workflow:
        """Say what it is for, and return it."""
        return self._own(_call(self._inner.describe(description)))

    def pin(self) -> Workflow:
        """Let it stand first in lists, and return it."""
        return self._own(_call(self._inner.pin()))

    def unpin(self) -> Workflow:
        """Let it stand among the others again, and return it."""
        return self._own(_call(self._inner.unpin()))

    def clone(self, name: str | None = None) -> Workflow:
        """Copy it with its newest version, under another name, and return the copy.

        Raises:
            InvalidInput: the name is empty.
            NotFound: it was deleted.
            Refused: the plan does not allow it.
        """
        return self._own(_call(self._inner.clone(name)))

    def delete(self) -> None:
        """Delete it with its versions; its deployments can't be run any more.

        Raises:
            NotFound: it was deleted before.
        """
        _call(self._inner.delete())

    def export(self, version: int | str | None = None) -> dict[str, Any]:
        """A file of a version for another ComfyUI: the editor's graph, ``workflow_api`` and what it needs beside.

        version: its number or id; the newest without.

        Raises:
            NotFound: there is no such version, the service keeps no make of its machine (classic ones), or it was
                deleted.
            InvalidInput: it is neither a number nor an id.
        """
        return _call(self._inner.export(version))

    def gallery(
        self, *, limit: int | None = 100, file_type: str | None = None
    ) -> builtins.list[GalleryEntry]:
        """What its successful runs made, the latest first: at most ``limit``, None for all; ``file_type`` is image or video.

        Raises:
            InvalidInput: no such limit or file type; nothing was sent.
            NotFound: it was deleted.
        """
        return _call(self._inner.gallery(limit=limit, file_type=file_type))

    def share(
        self,
        title: str,
        *,
        description: str | None = None,
        cover: str | None = None,
        version: int | str | None = None,
    ) -> SharedWorkflow:
        """Publish it for all, or what is published of it anew: its address stays.

        cover: the web address of a picture. version: its number or id; the newest without.

        Raises:
            InvalidInput: the title is empty; nothing was sent.
            NotFound: there is no such version, the service keeps no make of its machine (classic ones), or it was
                deleted.
        """
        return SharedWorkflow._of(
            _call(self._inner.share(title, description=description, cover=cover, version=version))
        )

    def unshare(self) -> None:
        """Publish it no more.

        Raises:
            NotFound: it is not published, or was deleted.
        """
        _call(self._inner.unshare())

    def shared(self) -> SharedWorkflow | None:
        """What is published of it; None when nothing is.

        Raises:
            NotFound: it was deleted.
        """
        return None if (found := _call(self._inner.shared())) is None else SharedWorkflow._of(found)

    def options(
        self,
        *,
        timeout: float | Timeouts | None = None,
        gpu: str | None = None,
        webhook: str | None = None,
        allow_unknown: bool | None = None,
        on_interrupt: OnInterrupt | None = None,
        tags: Collection[str] | str | None = None,
    ) -> Workflow:
        """Return a copy that runs graphs otherwise; the words are those of ``Deployment.options``."""
        return self._own(
            self._inner.options(
                timeout=timeout,
                gpu=gpu,
                webhook=webhook,
                allow_unknown=allow_unknown,
                on_interrupt=on_interrupt,
                tags=tags,
            )
        )

    def submit(
        self,
        graph: GraphLike | None = None,
        /,
        inputs: Mapping[str, Any] | None = None,
        *,
        machine: Machine | str | None = None,
        **more: Any,
    ) -> Run:
        """Run a graph under this workflow, without deploying it, and return at once; wait() for it as for any run.

        graph: in API or UI format, a mapping, JSON text or a path; the newest version's without. What is in UI format
        only is converted with what the machine says. machine: by default the workflow's own, else the only one there
        is. Inputs are those of the graph's external nodes, as keywords or, where a name is taken, a mapping: they are
        checked, uploaded and drawn as a deployment's.

        Raises:
            InvalidInput: the graph or an input is wrong, or nobody can tell which machine is meant; no run was started.
            NotFound: the workflow or the machine is not there; no run was started.
            AmbiguousSubmit: the service's answer was lost; the run may exist.

        Example:
            >>> drawing = st.workflows.get("text-to-picture")
            >>> run = drawing.submit(drawing.newest.graph, machine="this-machine", prompt="a fox", steps=1)
            >>> run.wait().state
            'success'
        """
        return Run._of(_call(self._inner.submit(graph, inputs, machine=_twin(machine), **more)))


class Workflows(_Sync):
    """The workflows of the account: list them, get one by name, upload."""

    _inner: AsyncWorkflows

    def __repr__(self) -> str:
        return self._inner.__repr__()

    def __getitem__(self, name: str) -> Workflow:
        """The workflow of that name; see ``get``."""
        return Workflow._of(_call(self._inner.__getitem__(name)))

    def __iter__(self) -> Iterator[Workflow]:
        """Each workflow, page by page: whoever stops early asks for no more."""
        for item in _iterate(self._inner.__aiter__()):
            yield Workflow._of(item)

    def list(self, *, search: str | None = None, refresh: bool = False) -> Listing[Workflow]:
        """List all workflows, pinned ones first; ``search`` is a part of the name. Their versions come with ``get``.

        ``to_frame()`` makes a table of them.

        Example:
            >>> [workflow.name for workflow in st.workflows.list(search="to-picture")]
            ['text-to-picture', 'picture-to-picture']
        """
        return _call(self._inner.list(search=search, refresh=refresh))._map(Workflow._of)

    def get(self, name: str, *, refresh: bool = False) -> Workflow:
        """Get one by its name or id, with its newest version.

        Names are compared exactly first, then without regard to case, spaces and dashes.

        Raises:
            NotFound: there is none; ``suggestions`` are near names.
            AmbiguousName: several have that name; ``candidates`` are their ids.

        Example:
            >>> st.workflows.get("Text to Picture").kind
            'image'
        """
        return Workflow._of(_call(self._inner.get(name, refresh=refresh)))

    def upload(
        self,
        graph: GraphLike,
        *,
        name: str | None = None,
        machine: Machine | str | None = None,
        object_info: Machine | GraphLike | None = None,
    ) -> Workflow:
        """Make a workflow of a graph, and return it with its first version.

        graph: what ComfyUI exports, in API format (what runs) or UI format (what the editor saves): a mapping, JSON
        text or a path. name: by default the file's. machine: where it is to run; the service makes a preview
        deployment there. object_info: what a graph in UI format is converted with: a mapping or file of a
        ComfyUI's ``GET /object_info``, or a machine; by default what ``machine`` says.

        Raises:
            InvalidInput: it is no graph, has no name, or can't be converted; nothing was sent.
            NotFound: there is no such machine.

        Example:
            >>> graph = {"1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 0}},
            ...          "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}}
            >>> workflow = st.workflows.upload(graph, name="example-uploaded")
            >>> workflow.newest.number, workflow.outputs[0].kind
            (1, 'image')
            >>> workflow.delete()
        """
        return Workflow._of(
            _call(
                self._inner.upload(graph, name=name, machine=_twin(machine), object_info=_twin(object_info))
            )
        )

    def shared(
        self, search: str | None = None, *, slug: str | None = None, limit: int | None = 100
    ) -> builtins.list[SharedWorkflow]:
        """List what people have published, the latest first.

        search: a part of the title. slug: the address of a single one, in place of a search. limit: how many at
        most, None for all.

        Raises:
            InvalidInput: no such limit, no address, or both a search and an address; nothing was sent.
            NotFound: nothing is published there.
        """
        return [
            SharedWorkflow._of(item) for item in _call(self._inner.shared(search, slug=slug, limit=limit))
        ]

    def __contains__(self, name: object) -> bool:
        return _call(self._inner._has(name))

    def _ipython_key_completions_(self) -> builtins.list[str]:
        return _call(self._inner._names())


class Batch(ShownBatch, _Sync):
    """One batch. What it shows is what the ledger has: this machine's knowledge, also of batches of other processes.

    A loop over it yields its rows in their order, as they are; ``as_completed`` yields each when it has ended.

    Example:
        >>> batch = portrait.map([{"prompt": "a fox"}, {"prompt": "a hare"}], name="example-animals")
        >>> batch.progress.succeeded, [row.state for row in batch]
        (2, ['success', 'success'])
    """

    _inner: AsyncBatch

    def __repr__(self) -> str:
        return self._inner.__repr__()

    def __len__(self) -> int:
        return self._inner.__len__()

    @property
    def name(self) -> str:
        """Its name, unique for this account on this machine."""
        return self._inner.name

    @property
    def deployment_name(self) -> str:
        """The deployment that it runs."""
        return self._inner.deployment_name

    @property
    def state(self) -> str:
        """planned, running, cancelling, paused, done or cancelled: as it was when it was looked at last."""
        return self._inner.state

    @property
    def why(self) -> str | None:
        """Why it is paused."""
        return self._inner.why

    @property
    def out(self) -> str | None:
        """Where its files go, as it was given; None where they are not saved."""
        return self._inner.out

    @property
    def progress(self) -> BatchProgress:
        """How far it is: as it is now where it is run by this process, else as ``refresh`` has found it."""
        return self._inner.progress

    def refresh(self) -> Batch:
        """Look at what the ledger has of it now, and return it.

        Raises:
            NotFound: it is gone.
        """
        return self._own(_call(self._inner.refresh()))

    def __iter__(self) -> Iterator[BatchRow]:
        yield from _iterate(self._inner.__aiter__())

    def rows(self, state: str | None = None) -> Iterator[BatchRow]:
        """Yield its rows in their order, as they are; ``state`` is one of a row's, or failed for all that came to nothing.

        Raises:
            SaveFailed: they can't be read just now.

        Example:
            >>> batch = portrait.map([{"prompt": "a fox"}], name="example-fox")
            >>> [row.inputs["prompt"] for row in batch.rows("success")]
            ['a fox']
        """
        yield from _iterate(self._inner.rows(state))

    def row(self, where: int | str) -> BatchRow:
        """One row: by its place, from 0, or by its key.

        Raises:
            NotFound: it has no such row.
        """
        return _call(self._inner.row(where))

    def run(self, where: BatchRow | int | str) -> Run:
        """The run of a row, as the ledger knows it, with its outputs; ``refresh`` renews their links.

        Raises:
            NotFound: it has no such row, or no run came of it yet.

        Example:
            >>> batch = portrait.map([{"prompt": "a fox"}], name="example-fox")
            >>> batch.run(0).outputs[0].kind
            'image'
        """
        return Run._of(_call(self._inner.run(where)))

    def as_completed(self) -> Iterator[BatchRow]:
        """Yield each row when it has ended, those that have already first; until the batch has stopped.

        Example:
            >>> batch = portrait.map([{"prompt": "a fox"}], name="example-fox", wait=False)
            >>> [row.succeeded for row in batch.as_completed()]
            [True]
        """
        yield from _iterate(self._inner.as_completed())

    def pick(
        self, rows: int | str | BatchRow | Iterable[int | str | BatchRow], *, picked: bool = True
    ) -> Batch:
        """Note on this machine that these rows are picked, or with ``picked=False`` no longer, and return the batch.

        rows: one or several, by place, key or themselves. Frames have them as the column ``picked``; a row that is run
        anew is picked no longer.

        Raises:
            NotFound: it has no such row; nothing was noted.

        Example:
            >>> batch = portrait.map([{"prompt": "a fox"}, {"prompt": "a hare"}], name="example-animals")
            >>> _ = batch.pick(1)
            >>> [row.inputs["prompt"] for row in batch if row.picked]
            ['a hare']
        """
        return self._own(_call(self._inner.pick(rows, picked=picked)))

    def to_frame(self) -> pd.DataFrame:
        """Its rows as a pandas frame: place, key, state, inputs, the columns that ride along, run, duration, cost, files.

        ``cost`` is in US dollars; ``picked`` is what ``pick`` noted; ``picture`` is where the row's run has its first
        picture: ``RUN_ID/PLACE``. An input that is called like one of these columns is ``input_…``, what rides along then
        ``extra_…``. Seeds of any size stay exact: UInt64 where Int64 is too small, else texts.

        Raises:
            MissingExtra: pandas is not installed.

        Example:
            >>> batch = portrait.map([{"prompt": "a fox", "shelf": 7}], name="example-shelf")
            >>> batch.to_frame().loc[0, ["prompt", "state"]].tolist()
            ['a fox', 'success']
        """
        return _call(self._inner.to_frame())

    def wait(
        self,
        *,
        on_progress: Callable[[BatchProgress], object] | None = None,
        on_row: Callable[[BatchRow], object] | None = None,
    ) -> Batch:
        """Wait until it has ended or stopped, and return it; rows that failed are rows, and no error.

        on_progress is told how far it is, each second and when something happens; on_row is told of each row once, as
        ``as_completed`` yields them. Interrupted (Ctrl-C, SIGTERM, task cancellation) it cancels what is under way, or
        leaves it with ``on_interrupt="detach"``, within ten seconds.

        Raises:
            BatchStopped: it stopped before its end; ``why`` says why.
        """
        return self._own(
            _call(self._inner.wait(on_progress=_on_caller(on_progress), on_row=_on_caller(on_row)))
        )

    def cancel(self) -> Batch:
        """Stop it: nothing more is sent, what is under way is cancelled, and what is done is kept.

        Also when another process runs it: that one hears of it within seconds. Rows that were cancelled are pending again.

        Example:
            >>> batch = portrait.map([{"prompt": "a fox"}], name="example-stopped", wait=False)
            >>> batch.cancel().state in {"cancelled", "done"}
            True
        """
        return self._own(_call(self._inner.cancel()))

    def retry_failed(
        self, *, wait: bool = True, on_progress: Callable[[BatchProgress], object] | None = None
    ) -> Batch:
        """Run the rows again that came to nothing, and what is missing besides; their seeds stay the same.

        Each costs again. wait: until it has ended; False leaves it at work.

        Raises:
            BatchBusy: it is at work; wait for it first.
            InvalidInput: it makes a collection: ``st.collections`` goes on with it.
            BatchStopped: see ``wait``.

        Example:
            >>> batch = portrait.map([{"prompt": "a fox"}], name="example-fox")
            >>> batch.retry_failed().progress.succeeded
            1
        """
        return self._own(_call(self._inner.retry_failed(wait=wait, on_progress=_on_caller(on_progress))))

    def resume(
        self,
        *,
        on_change: OnChange | None = None,
        wait: bool = True,
        on_progress: Callable[[BatchProgress], object] | None = None,
    ) -> Batch:
        """Go on with what is missing: nothing that is done is run again.

        on_change: see ``Deployment.map``; as it was begun, unless given.

        Raises:
            BatchBusy: somebody runs it.
            InvalidInput: it makes a collection: ``st.collections`` goes on with it.
            BatchStopped: another version is deployed now, or it stopped before its end: see ``wait``.
        """
        return self._own(
            _call(self._inner.resume(on_change=on_change, wait=wait, on_progress=_on_caller(on_progress)))
        )

    def forget(self) -> None:
        """Take it out of the ledger, its rows with it; runs and files stay. The same ``map`` then begins anew, and pays anew.

        Raises:
            BatchBusy: somebody runs it.
        """
        _call(self._inner.forget())


class Deployment(Described, ShownDeployment, _Sync):
    """A workflow made ready to run on a machine. Call it with its inputs to get the finished run.

    What it shows is what was last heard of it (``source`` tells when), and inputs are checked against that. Should
    another version have been deployed since, the service runs the new one: it ignores inputs that are no longer
    there, and gives new ones their defaults, at full price. A warning tells when a run turns out to be of another
    version; ``refresh`` before an expensive batch rules it out.

    Example:
        >>> run = portrait(prompt="a lighthouse at dusk", seed=7, steps=2)
        >>> run.state, run.outputs[0].kind
        ('success', 'image')
    """

    _inner: AsyncDeployment

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
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._inner.source

    @property
    def change(self) -> DeploymentChange | None:
        """What the call that made this object did: whether it is new or was moved, from which version to which."""
        return self._inner.change

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
        tags: Collection[str] | str | None = None,
        progress: Any = None,
    ) -> Deployment:
        """Return a copy that runs otherwise; what is not given stays as it is.

        timeout: seconds for a whole call, or ``Timeouts`` by phase. gpu: what to ask for; the deployment's own wins.
        webhook: a URL that hears of every change of state. cache: return an earlier, equal, successful run with what it
        made, kept on this machine, instead of paying again; only when every seed is an input and given. allow_unknown:
        send inputs the workflow does not declare. on_interrupt: "cancel" (default) or "detach". tags: kept with each
        run on this machine, for ``st.runs.list(tag=…)``. progress: how a run or a batch is shown while it is waited for,
        and in a notebook after ``submit`` and ``map(wait=False)``: "auto" (in notebooks and at prompts), "widgets",
        "html", "text", "off", or tqdm itself.

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
                tags=tags,
                progress=progress,
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
        """Check the inputs, upload files, start the run and return at once; in a notebook it is shown how it gets on.

        A deployment that is gone because its workflow was deployed anew is looked for by name and environment;
        when it is there under another id, the inputs are checked against it and the run is submitted, once.

        Raises:
            InvalidInput, AmbiguousSubmit: as calling the deployment does.
            NotFound: the deployment is gone, and there is no other of that name; nothing was started.

        Example:
            >>> run = portrait.submit(prompt="a harbour", steps=2)
            >>> run.state
            'not-started'
        """
        return Run._of(_call(self._inner.submit(inputs, **more)))

    def map(
        self,
        rows: Any,
        *,
        name: str,
        key: str | None = None,
        columns: Mapping[str, Any] | Iterable[str] | None = None,
        concurrency: int | None = None,
        budget: float | None = None,
        max_failures: float | Literal["default"] | None = "default",
        out: str | Path | None = None,
        storage_options: Mapping[str, Any] | None = None,
        limit: int | None = None,
        tags: Collection[str] | str | None = None,
        on_change: OnChange = "stop",
        without_rate: bool = False,
        on_progress: Callable[[BatchProgress], object] | None = None,
        wait: bool = True,
    ) -> Batch:
        """Run once for each row, unattended, and return the batch; the same call again runs only what is missing.

        rows: a DataFrame, polars or Arrow table, list of dicts, ``grid(…)``, ``zip_(…)``, or the path of a .csv, .jsonl or
        .parquet. name: what the batch is called; the same name goes on with it, also in another process. key: the column
        that tells rows apart, else their content does. columns: how columns become inputs, like
        ``{"prompt": "Photo of {title}", "image": "photo_url"}``; columns of an input's own name are sent anyway, others
        ride along. concurrency: runs under way at once; else four for each container, at least 16. budget: US dollars
        that all of it may cost, restarts included. max_failures: how many rows may fail before it stops, a count or
        below 1 a share; by default a tenth, at least 10; None: any number. out: a folder or fsspec URL, perhaps with a
        name like ``"out/{sku}.png"``, where files go, with metadata.jsonl; storage_options are fsspec's. limit: the
        first so many rows only; without it later the same batch goes on. tags: kept with each run. on_change: when
        another version is deployed than the plan was made for, or a key has other inputs: stop, continue, or rerun.
        without_rate: with a budget, start although nobody knows what runs cost. wait: until it has ended; False returns
        a live batch at once. on_progress: told how far it is while this call waits.

        Missing seeds are derived from the batch's name and the row, so that they are the same each time.

        Raises:
            InvalidInput: ``problems`` lists what is wrong with options, columns and rows; nothing was sent.
            BatchBusy: somebody else runs this batch.
            BatchStopped: it stopped before its end, ``why`` says why: the same call goes on.

        Example:
            >>> animals = [{"title": "fox"}, {"title": "hare"}]
            >>> batch = portrait.map(animals, name="example-map", columns={"prompt": "A {title}"})
            >>> [(row.extra["title"], row.inputs["prompt"], row.state) for row in batch]
            [('fox', 'A fox', 'success'), ('hare', 'A hare', 'success')]
        """
        return Batch._of(
            _call(
                self._inner.map(
                    rows,
                    name=name,
                    key=key,
                    columns=columns,
                    concurrency=concurrency,
                    budget=budget,
                    max_failures=max_failures,
                    out=out,
                    storage_options=storage_options,
                    limit=limit,
                    tags=tags,
                    on_change=on_change,
                    without_rate=without_rate,
                    on_progress=_on_caller(on_progress),
                    wait=wait,
                )
            )
        )

    def estimate(
        self,
        rows: Any,
        *,
        name: str = "estimate",
        key: str | None = None,
        columns: Mapping[str, Any] | Iterable[str] | None = None,
        concurrency: int | None = None,
        out: str | Path | None = None,
        limit: int | None = None,
    ) -> BatchEstimate:
        """Say how many rows ``map`` would run, what that costs and how long it takes; nothing is sent.

        The arguments are those of ``map``, and what is wrong with them is told as there. Costs and times are those of
        earlier runs on this machine.

        Raises:
            InvalidInput: see ``map``.

        Example:
            >>> estimate = portrait.estimate([{"prompt": "a fox"}, {"prompt": "a hare"}])
            >>> estimate.rows, estimate.missing
            (2, 2)
        """
        return _call(
            self._inner.estimate(
                rows, name=name, key=key, columns=columns, concurrency=concurrency, out=out, limit=limit
            )
        )

    def refresh(self) -> Deployment:
        """Read it anew from the service and return it; by name and environment when its id has moved.

        Raises:
            NotFound: it is gone.

        Example:
            >>> portrait.refresh().source.kind
            'api'
        """
        return self._own(_call(self._inner.refresh()))

    def runs(self, *, state: str | Collection[str] | None = None, limit: int | None = 100) -> Listing[Run]:
        """List its runs, newest first, without inputs and outputs: ``Run.refresh`` reads those.

        ``state`` is one state or several; ``limit`` None means all. Runs that others made of a public share are
        not among them.

        Example:
            >>> run = portrait(prompt="a lighthouse", seed=7, steps=1, width=64, height=64)
            >>> portrait.runs(state="success", limit=1)[0].id == run.id
            True
        """
        return _call(self._inner.runs(state=state, limit=limit))._map(Run._of)

    def update(
        self,
        *,
        version: int | str | None = None,
        machine: Machine | str | None = None,
        gpu: str | None = None,
        concurrency_limit: int | None = None,
        run_timeout: int | None = None,
        idle_timeout: int | None = None,
        keep_warm: int | None = None,
    ) -> Deployment:
        """Change it and return it; what is not given stays, and nothing can be set back to none.

        version: a number, an id, or "newest". machine: a name, an id, or a machine. gpu: one of the service's.
        concurrency_limit: containers at once. run_timeout, idle_timeout: seconds. keep_warm: containers that wait
        for work, which cost while they do.

        Raises:
            InvalidInput: a value makes no sense; nothing was sent.
            NotFound: there is no such version or machine.

        Example:
            >>> portrait.update(run_timeout=300).record.run_timeout
            300
        """
        return self._own(
            _call(
                self._inner.update(
                    version=version,
                    machine=_twin(machine),
                    gpu=gpu,
                    concurrency_limit=concurrency_limit,
                    run_timeout=run_timeout,
                    idle_timeout=idle_timeout,
                    keep_warm=keep_warm,
                )
            )
        )

    def promote(self, to: str = "production") -> Deployment:
        """Deploy the same version on the same machine to another environment, and return that deployment.

        It is read anew first, so that what is promoted is what runs now.

        Raises:
            InvalidInput: there is no such environment, or it is this one.

        Example:
            >>> graph = portrait.record.graph
            >>> staged = st.deployments.publish(graph, "example-promoted", "staging", machine="this-machine")
            >>> live = staged.promote()
            >>> live.environment, live.version == staged.version
            ('production', True)
            >>> st.workflows.get("example-promoted").delete()
        """
        return self._own(_call(self._inner.promote(to)))

    def roll_back(self, to: int | str | None = None) -> Deployment:
        """Deploy an earlier version of its workflow here, and return it.

        The service keeps no history of what was deployed, so without ``to`` it is the version numbered next below
        the present one, whether or not that was ever deployed. ``to`` names a version by number or id.

        Raises:
            InvalidInput: this is the first version.
            NotFound: the workflow has no such version.
        """
        return self._own(_call(self._inner.roll_back(to)))

    def deactivate(self) -> Deployment:
        """Stop the containers that are its own, and return it; the next run starts them again.

        Raises:
            InvalidInput: it has none: it runs in those of its machine.
            ValidationFailed: it still has runs.
        """
        return self._own(_call(self._inner.deactivate()))

    def delete(self) -> None:
        """Share it no longer. The service deletes shares only.

        Raises:
            InvalidInput: it is no share; nothing was sent.
        """
        _call(self._inner.delete())

    def studio_url(self) -> str:
        """The page on which others can run this share.

        Raises:
            InvalidInput: it is no share; nothing was sent.
        """
        return _call(self._inner.studio_url())

    def ui_spec(self) -> dict[str, Any]:
        """The service's description of a page for it, in the form of shadcn's registry: files with their code.

        Example:
            >>> portrait.ui_spec()["files"][0]["type"]
            'registry:page'
        """
        return _call(self._inner.ui_spec())


class Deployments(_Sync):
    """The deployments of the account: list them, get one by name, deploy a workflow."""

    _inner: AsyncDeployments

    def __repr__(self) -> str:
        return self._inner.__repr__()

    def __getitem__(self, name: str) -> Deployment:
        """The deployment of that name; see ``get``."""
        return Deployment._of(_call(self._inner.__getitem__(name)))

    def __iter__(self) -> Iterator[Deployment]:
        """Each deployment."""
        for item in _iterate(self._inner.__aiter__()):
            yield Deployment._of(item)

    def list(self, *, environment: str | None = None, refresh: bool = False) -> Listing[Deployment]:
        """List all deployments, by name; ``to_frame()`` makes a table of them.

        One reading of the list tells all of them, however many there are; ``source`` of each says how old it is.
        ``refresh`` asks the service in any case.

        Raises:
            InvalidInput: there is no such environment.

        Example:
            >>> [deployment.name for deployment in st.deployments.list(environment="production")]
            ['picture-to-picture', 'picture-with-lora', 'text-to-picture', 'train-lora']
        """
        return _call(self._inner.list(environment=environment, refresh=refresh))._map(Deployment._of)

    def get(self, name: str, *, environment: str | None = None, refresh: bool = False) -> Deployment:
        """Get one by its workflow's name, its id or its share slug.

        When a workflow is deployed to several environments, production comes first, then staging, then preview;
        ``environment`` picks another. Names are compared exactly first, then without regard to case, spaces and
        dashes. What a copy of the list does not have is looked for once more on the service.

        Raises:
            NotFound: there is none; ``suggestions`` are near names.
            AmbiguousName: two workflows have that name; ``candidates`` are their ids.

        Example:
            >>> st.deployments.get("Text to Picture").name
            'text-to-picture'
        """
        return Deployment._of(_call(self._inner.get(name, environment=environment, refresh=refresh)))

    def create(
        self,
        workflow: Workflow | str,
        environment: str = "production",
        *,
        machine: Machine | str | None = None,
        version: int | str | None = None,
    ) -> Deployment:
        """Deploy a version of a workflow to an environment, and return the deployment; ``change`` tells what was done.

        The service keeps one deployment for each workflow and environment: one that is there is moved, and keeps
        its settings. workflow, machine: a name, an id or the thing itself; without ``machine`` the workflow's own,
        else the only one there is. version: a number or an id; the newest by default. environment: production,
        staging, preview, public-share, private-share or community-share.

        Raises:
            InvalidInput: no such environment, or nobody can tell which machine is meant; nothing was sent.
            NotFound: there is no such workflow, version or machine; nothing was sent.

        Example:
            >>> graph = portrait.record.graph
            >>> workflow = st.workflows.upload(graph, name="example-created")
            >>> deployment = st.deployments.create(workflow, machine="this-machine")
            >>> deployment.change.kind, deployment.version
            ('new', 1)
            >>> workflow.delete()
        """
        return Deployment._of(
            _call(self._inner.create(_twin(workflow), environment, machine=_twin(machine), version=version))
        )

    def plan(
        self,
        workflow: Workflow | str,
        environment: str = "production",
        *,
        machine: Machine | str | None = None,
        version: int | str | None = None,
    ) -> DeploymentChange:
        """Tell what ``create`` would do; nothing is changed.

        Raises:
            InvalidInput, NotFound: as ``create`` does.

        Example:
            >>> st.deployments.plan("text-to-picture", machine="this-machine").kind
            'unchanged'
        """
        return _call(self._inner.plan(_twin(workflow), environment, machine=_twin(machine), version=version))

    def publish(
        self,
        graph: GraphLike,
        workflow: str,
        environment: str = "production",
        *,
        machine: Machine | str | None = None,
        comment: str | None = None,
        object_info: Machine | GraphLike | None = None,
    ) -> Deployment:
        """Upload a graph as a version of a workflow, which is made when it is new, and deploy it.

        graph: a mapping, JSON text or a file's path, in API or UI format. object_info: what turns the editor's UI
        format into what runs: a mapping, a file, or a machine; by default the one it is deployed to. comment: what
        the version is about; the service takes none for the first one. A graph that the newest version has already
        is not uploaded again. The rest is as in ``create``.

        Raises:
            InvalidInput, NotFound: as ``create`` does, and for what is no graph; nothing was sent.

        Example:
            >>> graph = portrait.record.graph
            >>> deployment = st.deployments.publish(graph, "example-published", machine="this-machine")
            >>> deployment.change.kind, deployment.version
            ('new', 1)
            >>> st.workflows.get("example-published").delete()
        """
        return Deployment._of(
            _call(
                self._inner.publish(
                    graph,
                    workflow,
                    environment,
                    machine=_twin(machine),
                    comment=comment,
                    object_info=_twin(object_info),
                )
            )
        )

    def plan_graph(
        self,
        graph: GraphLike,
        workflow: str,
        environment: str = "production",
        *,
        machine: Machine | str | None = None,
        object_info: Machine | GraphLike | None = None,
    ) -> DeploymentChange:
        """Tell what ``publish`` would do; nothing is changed.

        Raises:
            InvalidInput, NotFound: as ``publish`` does.

        Example:
            >>> change = st.deployments.plan_graph(portrait.record.graph, "text-to-picture")
            >>> print(change)
            text-to-picture in production: stays at version 1
        """
        return _call(
            self._inner.plan_graph(
                graph, workflow, environment, machine=_twin(machine), object_info=_twin(object_info)
            )
        )

    def shared(self, slug: str) -> Deployment:
        """Get what somebody shares, by its address: "owner/name". It runs like one's own, paid by its owner.

        Raises:
            InvalidInput: that is no address.
            NotFound: nobody shares that.
            AuthError: it is a private share of somebody else.
        """
        return Deployment._of(_call(self._inner.shared(slug)))

    def community(self, *, limit: int = 20) -> Listing[Deployment]:
        """List what others share with everybody, newest first.

        Example:
            >>> st.deployments.community()
            []
        """
        return _call(self._inner.community(limit=limit))._map(Deployment._of)

    def featured(self) -> tuple[FeaturedDeployment, ...]:
        """List the shares that the service has chosen; ``shared(one.share_slug)`` gets one.

        Example:
            >>> st.deployments.featured()
            ()
        """
        return _call(self._inner.featured())

    def __contains__(self, name: object) -> bool:
        return _call(self._inner._has(name))

    def _ipython_key_completions_(self) -> builtins.list[str]:
        return _call(self._inner._names())


class Runs(_Sync):
    """Runs by id, from saved files, and in lists of a workflow or deployment."""

    _inner: AsyncRuns

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

    def list(
        self,
        *,
        workflow: Workflow | str | None = None,
        deployment: Deployment | str | None = None,
        state: Collection[str] | str | None = None,
        limit: int | None = 100,
        inputs: bool = False,
        outputs: bool = False,
        tag: str | None = None,
    ) -> Listing[Run]:
        """List runs, newest first: those started from this machine, or all of a workflow or of a deployment.

        The service has no list of all runs; without workflow and deployment they come from the ledger of this
        machine, and those that have not ended are read anew; one that can't be read is told of as it was heard of last,
        and its ``source`` is ``stale``. state: one state, or several. limit: how many at most;
        None for all. tag: those submitted with it. inputs, outputs: of a workflow's or deployment's runs read these,
        too, which is slow: the service sends the whole workflow along with each run. Without them ``Run.refresh``
        reads those of one run. ``to_frame()`` makes a table of them, ``to_frame(per="output")`` one of their outputs.

        Raises:
            InvalidInput: no such state; or tags of a workflow's or deployment's runs, which the service does not know.
            NotFound: there is no such workflow or deployment.

        Example:
            >>> run = portrait(prompt="a lighthouse", seed=7, steps=1, width=64, height=64)
            >>> newest = st.runs.list(deployment=portrait, outputs=True, inputs=True, limit=1)[0]
            >>> newest.inputs["seed"], newest.outputs[0].kind
            (7, 'image')
            >>> st.runs.list(deployment=portrait, limit=1).to_frame().loc[0, ["run_id", "state"]].tolist() == [run.id, "success"]
            True
        """
        return _call(
            self._inner.list(
                workflow=_twin(workflow),
                deployment=_twin(deployment),
                state=state,
                limit=limit,
                inputs=inputs,
                outputs=outputs,
                tag=tag,
            )
        )._map(Run._of)

    def count(
        self,
        *,
        workflow: Workflow | str | None = None,
        deployment: Deployment | str | None = None,
        machine: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> int:
        """Count the runs of a workflow, a deployment or a machine's id, everybody's included.

        The service counts the runs of all accounts, so one of the three is needed; it can't count by state.
        since, until: when they were made; a time without a zone is UTC.

        Raises:
            InvalidInput: none of the three, or what is no time; nothing was sent.

        Example:
            >>> st.runs.count(deployment=portrait) >= 0
            True
        """
        return _call(
            self._inner.count(
                workflow=_twin(workflow),
                deployment=_twin(deployment),
                machine=machine,
                since=since,
                until=until,
            )
        )

    def today(
        self, workflow: Workflow | str | None = None, *, deployment: Deployment | str | None = None
    ) -> Listing[Run]:
        """List the runs of the last 24 hours, newest first: their ids, states and when they were made.

        Example:
            >>> [run.state for run in st.runs.today("train-lora")]
            []
        """
        return _call(self._inner.today(_twin(workflow), deployment=_twin(deployment)))._map(Run._of)

    def latest(self, workflow: Workflow | str) -> Run | None:
        """The newest run of a workflow, with its inputs; None when it has none.

        Example:
            >>> st.runs.latest("train-lora") is None
            True
        """
        return None if (found := _call(self._inner.latest(_twin(workflow)))) is None else Run._of(found)

    def shares(
        self,
        *,
        deployment: Deployment | str | None = None,
        visibility: str | None = None,
        kind: str | None = None,
        public: bool = False,
        limit: int = 20,
    ) -> builtins.list[OutputShare]:
        """List shared outputs, newest first.

        visibility: private, link or public. kind: image, video, 3d or other. public: with everybody's public ones;
        the service shows one's own public ones only among those.

        Example:
            >>> st.runs.shares()
            []
        """
        return [
            OutputShare._of(item)
            for item in _call(
                self._inner.shares(
                    deployment=_twin(deployment), visibility=visibility, kind=kind, public=public, limit=limit
                )
            )
        ]

    def shared(self, share_id: str) -> OutputShare:
        """Get a shared output by the id of its share.

        Raises:
            NotFound: there is no such share.
            Refused: it is a private one of somebody else.
        """
        return OutputShare._of(_call(self._inner.shared(share_id)))


class Batches(_Sync):
    """Batches that this machine knows: ``deployment.map`` makes them."""

    _inner: AsyncBatches

    def __repr__(self) -> str:
        return self._inner.__repr__()

    def list(self) -> Listing[Batch]:
        """List them, the one that something happened to last first; ``to_frame()`` makes a table of them.

        Example:
            >>> batch = portrait.map([{"prompt": "a fox"}], name="example-fox")
            >>> "example-fox" in [one.name for one in st.batches.list()]
            True
        """
        return _call(self._inner.list())._map(Batch._of)

    def get(self, name: str) -> Batch:
        """One batch by its name, with its deployment where that is still there; of those at work here, that very one.

        Raises:
            NotFound: there is none of this name; ``suggestions`` are similar ones.
        """
        return Batch._of(_call(self._inner.get(name)))

    def resume(
        self,
        name: str,
        *,
        concurrency: int | None = None,
        budget: float | None = None,
        max_failures: float | Literal["default"] | None = "default",
        failed: bool = False,
        storage_options: dict[str, Any] | None = None,
        on_change: OnChange = "stop",
        without_rate: bool = False,
        on_progress: Callable[[BatchProgress], object] | None = None,
        wait: bool = True,
    ) -> Batch:
        """Go on with what is missing of a batch, without its rows: the plan has them.

        What is not given stays as it was; see ``Deployment.map``, also for on_change and without_rate. failed: rows that came to nothing are run again, too, as
        by ``Batch.retry_failed``.

        Raises:
            NotFound: there is no batch of this name, or its deployment is gone.
            BatchBusy: somebody else runs it.
            InvalidInput: it makes a collection: ``st.collections`` goes on with it.
            BatchStopped: it stopped before its end, or another version is deployed now.

        Example:
            >>> batch = portrait.map([{"prompt": "a fox"}], name="example-fox")
            >>> st.batches.resume("example-fox").state
            'done'
        """
        return Batch._of(
            _call(
                self._inner.resume(
                    name,
                    concurrency=concurrency,
                    budget=budget,
                    max_failures=max_failures,
                    failed=failed,
                    storage_options=storage_options,
                    on_change=on_change,
                    without_rate=without_rate,
                    on_progress=_on_caller(on_progress),
                    wait=wait,
                )
            )
        )

    def rebuild(self, name: str, deployment: Deployment | str, *, key: str | None = None) -> Batch:
        """Make the ledger's part of a lost batch anew, of the runs that the service has of it; nothing is submitted.

        name: exactly as the batch was called. Rows come back with the inputs that were sent; the same ``map`` as before
        then runs only what is missing, and knows keys and other columns again. Reads each run of the deployment once.

        Raises:
            NotFound: the service has no run of such a batch.
            BatchBusy: somebody runs it.

        Example:
            >>> batch = portrait.map([{"prompt": "a fox"}], name="example-lost")
            >>> batch.forget()
            >>> st.batches.rebuild("example-lost", portrait).progress.succeeded
            1
        """
        return Batch._of(_call(self._inner.rebuild(name, _twin(deployment), key=key)))


class Machine(_Sync):
    """What runs graphs: a card of the service's, or a ComfyUI server of one's own.

    Example:
        >>> machine = st.machines.get("this-machine")
        >>> machine.status, machine.type
        ('ready', 'comfy-deploy-serverless')
    """

    _inner: AsyncMachine

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
    def serverless(self) -> bool:
        """Whether it runs on the service's own cards, and is built."""
        return self._inner.serverless

    @property
    def status(self) -> str:
        """not-started, building, ready, error, running, paused or starting, when last heard of."""
        return self._inner.status

    @property
    def gpu(self) -> str | None:
        """Its GPU; None for machines of one's own."""
        return self._inner.gpu

    @property
    def settings(self) -> Mapping[str, Any]:
        """What is set on it, as far as the service tells; all of it comes with ``get``."""
        return self._inner.settings

    @property
    def created_at(self) -> datetime | None:
        """When it was made, UTC."""
        return self._inner.created_at

    @property
    def record(self) -> MachineRecord:
        """Everything known of the machine, as data."""
        return self._inner.record

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._inner.source

    def refresh(self) -> Machine:
        """Ask the service for its present state and return it.

        Raises:
            NotFound: it was deleted.
        """
        return self._own(_call(self._inner.refresh()))

    def wait(
        self, *, timeout: float = 3600.0, on_progress: Callable[[BuildProgress], object] | None = None
    ) -> Machine:
        """Wait until its build has ended well, and return it; a machine that is ready is returned at once.

        ``timeout`` is in seconds. ``on_progress`` hears of status and the log's last line, about once a second. A
        look that fails is tried again until time runs out; the build goes on whoever looks.

        Raises:
            MachineFailed: the build failed; the message ends with the log's end.
            TimedOut: it takes longer.
            NotFound: it was deleted.

        Example:
            >>> (st.machines.get("this-machine").wait()).status
            'ready'
        """
        return self._own(_call(self._inner.wait(timeout=timeout, on_progress=_on_caller(on_progress))))

    def update(self, **settings: Any) -> Machine:
        """Change its settings, and return it; those that change its image build it anew: ``wait`` for that.

        On the service's cards: name, gpu, comfyui_version (a commit), docker_command_steps, extra_docker_commands,
        base_docker_image, python_version, machine_builder_version, install_custom_node_with_gpu, extra_args,
        prestart_command, concurrency_limit (containers, 1), allow_concurrent_inputs (runs a container, 1), keep_warm
        (containers that cost all the time, 0), run_timeout (seconds, 300), idle_timeout (seconds, 60), cpu_request and
        cpu_limit (cores), memory_request and memory_limit (MiB), models_to_cache, enable_gpu_memory_snapshot,
        optimized_runner, disable_metadata. Of one's own: name, type, endpoint, auth_token.

        Raises:
            InvalidInput: its type has no such setting, or the value is of another type; nothing was sent.
            Refused: the plan does not allow it.

        Example:
            >>> machine = st.machines.create_custom("example-updated", "http://127.0.0.1:9")
            >>> machine.update(name="example-renamed").name
            'example-renamed'
            >>> machine.delete()
        """
        return self._own(_call(self._inner.update(**settings)))

    def rebuild(self) -> Machine:
        """Build it anew although nothing changes, and return it: ``wait`` for the build.

        Raises:
            InvalidInput: it is of one's own, and nothing is built.
        """
        return self._own(_call(self._inner.rebuild()))

    def versions(self) -> builtins.list[MachineVersionRecord]:
        """Its builds, the newest first; their logs come with ``version``."""
        return _call(self._inner.versions())

    def version(self, version: int | str) -> MachineVersionRecord:
        """One build by number or id, with its log.

        Raises:
            NotFound: there is no such build of this machine.
        """
        return _call(self._inner.version(version))

    def roll_back(self, to: int | str) -> Machine:
        """Go back to an earlier build, by number or id, and return it.

        Raises:
            NotFound: there is no such build; nothing was changed.
        """
        return self._own(_call(self._inner.roll_back(to)))

    def events(self) -> builtins.list[MachineEvent]:
        """When it had a GPU and what that cost, the latest first."""
        return _call(self._inner.events())

    def workflows(self) -> builtins.list[str]:
        """The names of the workflows that are to run on it."""
        return _call(self._inner.workflows())

    def files(self, path: str = "/") -> dict[str, Any]:
        """One folder of it: ``directories``, ``files`` and what is known of them.

        Raises:
            InvalidInput: it is of one's own.
        """
        return _call(self._inner.files(path))

    def docker_commands(self) -> dict[str, Any]:
        """What its image is built with, step by step."""
        return _call(self._inner.docker_commands())

    def check_custom_nodes(self) -> dict[str, Any]:
        """Which commit of the deploy plugin it has, which is the newest, and ``is_up_to_date``.

        Raises:
            NotFound: its settings name no such plugin, or it was deleted.
        """
        return _call(self._inner.check_custom_nodes())

    def update_custom_nodes(self) -> Machine:
        """Build it anew with the newest deploy plugin, and return it: ``wait`` for the build."""
        return self._own(_call(self._inner.update_custom_nodes()))

    def export(self, *, version: int | None = None) -> dict[str, Any]:
        """It as it can be made again elsewhere (``st.machines.create_from``), without its secrets."""
        return _call(self._inner.export(version=version))

    def object_info(self) -> dict[str, Any]:
        """What its ComfyUI says of its node classes: what turning an editor's graph into one that runs needs.

        Raises:
            NotFound: neither the service nor the machine tells.
        """
        return _call(self._inner.object_info())

    def secrets(self, *, attached: bool = True) -> builtins.list[SecretRecord]:
        """The secrets it has, or with ``attached=False`` those it could have. What they hold is never told."""
        return _call(self._inner.secrets(attached=attached))

    def delete(self, *, force: bool = False) -> None:
        """Delete it. ``force`` does so although workflows are to run on it; deleting it twice is no error.

        Raises:
            Refused: workflows are to run on it; the message names them.
            ValidationFailed: it keeps containers warm: ``update(keep_warm=0)`` first.
        """
        _call(self._inner.delete(force=force))


class Machines(_Sync):
    """The machines of the account: list them, get one by name, make one."""

    _inner: AsyncMachines

    def __repr__(self) -> str:
        return self._inner.__repr__()

    def __getitem__(self, name: str) -> Machine:
        """The machine of that name; see ``get``."""
        return Machine._of(_call(self._inner.__getitem__(name)))

    def __iter__(self) -> Iterator[Machine]:
        """Each machine, page by page: whoever stops early asks for no more."""
        for item in _iterate(self._inner.__aiter__()):
            yield Machine._of(item)

    def list(
        self, *, search: str | None = None, deleted: bool = False, refresh: bool = False
    ) -> Listing[Machine]:
        """List machines by name; ``search`` is a part of it. With ``deleted`` those that were deleted come, too.

        ``to_frame()`` makes a table of them.

        Example:
            >>> [machine.name for machine in st.machines.list()]
            ['classic-machine', 'this-machine']
        """
        return _call(self._inner.list(search=search, deleted=deleted, refresh=refresh))._map(Machine._of)

    def get(self, name: str, *, refresh: bool = False) -> Machine:
        """Get one by its name or id, with all its settings.

        Names are compared exactly first, then without regard to case, spaces and dashes.

        Raises:
            NotFound: there is none; ``suggestions`` are near names.
            AmbiguousName: several have that name; ``candidates`` are their ids.

        Example:
            >>> st.machines.get("this-machine").settings["run_timeout"]
            300
        """
        return Machine._of(_call(self._inner.get(name, refresh=refresh)))

    def create_serverless(self, name: str, *, gpu: str, **settings: Any) -> Machine:
        """Make a machine on the service's own cards, and return it while it is built: ``wait`` for that.

        gpu: CPU, T4, L4, A10G, L40S, A100, A100-80GB, H100, H200 or B200. The other settings are those of
        ``Machine.update``.

        Raises:
            InvalidInput: there is no such setting or GPU, or the name is taken; nothing was sent.
            Refused: the plan does not allow it.

        Example:
            >>> machine = st.machines.create_serverless("example-built", gpu="T4", run_timeout=600)
            >>> machine.wait().status
            'ready'
            >>> machine.delete()
        """
        return Machine._of(_call(self._inner.create_serverless(name, gpu=gpu, **settings)))

    def create_custom(
        self, name: str, endpoint: str, *, type: str = "classic", auth_token: str | None = None
    ) -> Machine:
        """Enter a ComfyUI server of one's own, and return it.

        endpoint: its web address, as the service reaches it. type: the service's word, classic for a ComfyUI server.
        auth_token: what to show it; it is sent and never kept, shown or logged here.

        Raises:
            InvalidInput: no web address, no such type, or the name is taken; nothing was sent.
            Refused: the plan does not allow it.

        Example:
            >>> machine = st.machines.create_custom("example-own", "http://127.0.0.1:8188")
            >>> machine.type
            'classic'
            >>> machine.delete()
        """
        return Machine._of(_call(self._inner.create_custom(name, endpoint, type=type, auth_token=auth_token)))

    def create_from(self, exported: Mapping[str, Any]) -> Machine:
        """Make a machine of what ``Machine.export`` gave, and return it; its name is another one when taken.

        Raises:
            InvalidInput: it is no export; nothing was sent.
        """
        return Machine._of(_call(self._inner.create_from(exported)))

    def secrets(self) -> builtins.list[SecretRecord]:
        """List all secrets, with the ids of the machines they are attached to. What they hold is never told."""
        return _call(self._inner.secrets())

    def create_secret(
        self, name: str, variables: Mapping[str, str], *, machine: Machine | str
    ) -> SecretRecord:
        """Make a set of environment variables for a machine. Its containers see them from the next build on.

        Raises:
            InvalidInput: a name or value is no text; nothing was sent.

        Example:
            >>> secret = st.machines.create_secret("example-hub", {"HF_TOKEN": "hf_…"}, machine="this-machine")
            >>> secret.variables
            ('HF_TOKEN',)
            >>> st.machines.delete_secret(secret)
        """
        return _call(self._inner.create_secret(name, variables, machine=_twin(machine)))

    def update_secret(self, secret: SecretRecord | str, variables: Mapping[str, str]) -> SecretRecord:
        """Give a secret these variables in place of all it had."""
        return _call(self._inner.update_secret(secret, variables))

    def attach_secret(self, secret: SecretRecord | str, machine: Machine | str) -> None:
        """Let a machine have a secret; one that has it keeps it."""
        _call(self._inner.attach_secret(secret, _twin(machine)))

    def detach_secret(self, secret: SecretRecord | str, machine: Machine | str) -> None:
        """Take a secret from a machine; one without it stays so."""
        _call(self._inner.detach_secret(secret, _twin(machine)))

    def delete_secret(self, secret: SecretRecord | str) -> None:
        """Delete a secret, and take it from every machine."""
        _call(self._inner.delete_secret(secret))

    def __contains__(self, name: object) -> bool:
        return _call(self._inner._has(name))

    def _ipython_key_completions_(self) -> builtins.list[str]:
        return _call(self._inner._names())


class ModelDownload(_Sync):
    """A model on its way into the volume. What it shows is what was last heard; ``refresh`` and ``wait`` ask."""

    _inner: AsyncModelDownload

    def __repr__(self) -> str:
        return self._inner.__repr__()

    @property
    def id(self) -> str:
        """The service's id; empty when it told none because the download was done at once."""
        return self._inner.id

    @property
    def path(self) -> str:
        """Where it goes, from the top of the volume; of a whole repository the folder."""
        return self._inner.path

    @property
    def state(self) -> str:
        """started, success, failed or cancelled."""
        return self._inner.state

    @property
    def progress(self) -> float:
        """How much has come, from 0 to 1."""
        return self._inner.progress

    @property
    def error(self) -> str | None:
        """The service's word for a failure."""
        return self._inner.error

    @property
    def record(self) -> DownloadRecord:
        """Everything known of the download, as data."""
        return self._inner.record

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._inner.source

    def refresh(self) -> ModelDownload:
        """Ask how far it is, and return the download.

        The service lists what is not done. What is no longer listed is looked for in the volume: there it is a
        success, else somebody has cancelled it.
        """
        return self._own(_call(self._inner.refresh()))

    def wait(
        self, *, timeout: float | None = None, on_progress: Callable[[ModelProgress], object] | None = None
    ) -> ModelDownload:
        """Wait until the model is in the volume, and return the download.

        ``timeout`` is in seconds, None for none. Looks that fail are tried again, for ten minutes. Interrupted, it
        leaves the download going.

        Raises:
            InvalidInput: a file of that name is there already, or ``timeout`` is no time.
            DownloadFailed: the service could not fetch it, or somebody cancelled it.
            TimedOut: the limit ran out; the download goes on.

        Example:
            >>> weights = st.files.upload(b"example weights", name="weights.safetensors")
            >>> download = st.models.add(weights.url, folder="loras", name="waited-for.safetensors")
            >>> download.wait().state
            'success'
            >>> st.models.get("loras/waited-for.safetensors").delete()
        """
        return self._own(_call(self._inner.wait(timeout=timeout, on_progress=_on_caller(on_progress))))

    def cancel(self) -> ModelDownload:
        """Cancel the download, and return it. One that has ended keeps its end.

        The service marks it as cancelled and no longer lists it; what its machines have begun may still arrive.
        """
        return self._own(_call(self._inner.cancel()))


class Model(_Sync):
    """A model file in a volume."""

    _inner: AsyncModel

    def __repr__(self) -> str:
        return self._inner.__repr__()

    @property
    def path(self) -> str:
        """Where it is, from the top of the volume."""
        return self._inner.path

    @property
    def folder(self) -> str:
        """The folder it is in, such as loras or loras/flux."""
        return self._inner.folder

    @property
    def name(self) -> str:
        """The file's name."""
        return self._inner.name

    @property
    def kind(self) -> str:
        """checkpoint, lora, vae, upscale, embedding and so on, by its folder."""
        return self._inner.kind

    @property
    def size(self) -> int | None:
        """Its size in bytes."""
        return self._inner.size

    @property
    def modified(self) -> datetime | None:
        """When it was written."""
        return self._inner.modified

    @property
    def public(self) -> bool:
        """Whether it is in the volume that the service gives everybody, where nothing can be changed."""
        return self._inner.public

    @property
    def record(self) -> ModelRecord:
        """Everything known of the model, as data."""
        return self._inner.record

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._inner.source

    def rename(self, name: str) -> Model:
        """Give it another name in the same folder, and return it.

        Raises:
            InvalidInput: no name of a file, or something has it already.
            NotFound: the model is not there any more.
        """
        return self._own(_call(self._inner.rename(name)))

    def move(self, folder: str, *, overwrite: bool = False) -> Model:
        """Move it to another folder under the same name, and return it.

        ``overwrite`` replaces what has that name there. The service copies big files, which takes its time.

        Raises:
            InvalidInput: no folder, or something has that name there already.
            NotFound: the model is not there any more.

        Example:
            >>> import pathlib, tempfile
            >>> weights = pathlib.Path(tempfile.mkdtemp()) / "moving.safetensors"
            >>> _ = weights.write_bytes(b"weights")
            >>> model = st.models.upload(weights, folder="loras")
            >>> model.move("loras/flux").path
            'loras/flux/moving.safetensors'
            >>> model.delete()
        """
        return self._own(_call(self._inner.move(folder, overwrite=overwrite)))

    def delete(self) -> None:
        """Remove it from the volume, for good.

        Raises:
            NotFound: it is not there any more.
        """
        _call(self._inner.delete())


class Models(_Sync):
    """The models of the account: the files of its volume, and what is on its way there."""

    _inner: AsyncModels

    def __repr__(self) -> str:
        return self._inner.__repr__()

    def list(
        self, folder: str | None = None, *, public: bool = False, refresh: bool = False
    ) -> Listing[Model]:
        """List the files of the volume, by path; those of one folder and what is below it, if one is given.

        ``public`` lists the volume that the service gives everybody. ``refresh`` asks in any case, also where a
        copy is at hand.

        Example:
            >>> [model.path for model in st.models.list("hypernetworks")]
            []
        """
        return _call(self._inner.list(folder, public=public, refresh=refresh))._map(Model._of)

    def get(self, name: str, *, public: bool = False, refresh: bool = False) -> Model:
        """Get one by its path in the volume, or by its file's name where that is unique.

        Raises:
            InvalidInput: the name is no text.
            NotFound: there is none; ``suggestions`` are near names.
            AmbiguousName: several have that name; ``candidates`` are their paths.

        Example:
            >>> st.models.get("no-such.safetensors")
            Traceback (most recent call last):
            ...
            stationthis_sdk.errors.NotFound: ...
        """
        return Model._of(_call(self._inner.get(name, public=public, refresh=refresh)))

    def search(self, query: str, provider: str = "all") -> builtins.list[FoundModel]:
        """Search Civitai, Hugging Face and the list of ComfyUI's manager; ``add`` takes what is found.

        ``provider`` is all, civitai, huggingface or comfyui.

        Raises:
            InvalidInput: no words, or no such provider.
            ServerError: one of the providers did not answer: ask the others one by one.

        Example:
            >>> st.models.search("no such model anywhere")
            []
        """
        return _call(self._inner.search(query, provider))

    def catalog(self, *, refresh: bool = False) -> builtins.list[CatalogModel]:
        """List the service's ready-made models: a short list, the same for everybody.

        Example:
            >>> st.models.catalog()
            []
        """
        return _call(self._inner.catalog(refresh=refresh))

    def volume(self) -> str | None:
        """What the service calls the account's volume. An account without one gets one by asking."""
        return _call(self._inner.volume())

    def downloads(self) -> builtins.list[ModelDownload]:
        """List what is on its way into the volume, and what failed within a day, the newest first.

        Example:
            >>> [download for download in st.models.downloads() if download.path == "loras/none"]
            []
        """
        return [ModelDownload._of(item) for item in _call(self._inner.downloads())]

    def add(
        self, what: str | FoundModel, *, folder: str | None = None, name: str | None = None
    ) -> ModelDownload:
        """Have the service fetch a model into the volume, and return the download: ``wait()`` for it.

        ``what`` is a link, a page of Civitai or Hugging Face, a repository as owner/name, a file of one as
        owner/name/file, or what ``search`` found. ``folder`` is needed unless the search told one. ``name`` is
        needed where the link tells none; a repository without a name is fetched whole. The hubs are asked first
        whether they have it.

        Raises:
            InvalidInput: what can't be a link, a folder or a name; or the volume has it, or it is under way.
            NotFound: the hub has no such model.
            ValidationFailed: the service did not like it.

        Example:
            >>> st.models.add("not a link", folder="loras")
            Traceback (most recent call last):
            ...
            stationthis_sdk.errors.InvalidInput: 'not a link' is no link and no repository: ...
        """
        return ModelDownload._of(_call(self._inner.add(what, folder=folder, name=name)))

    def upload(
        self,
        path: str | Path,
        *,
        folder: str,
        name: str | None = None,
        resume: bool = True,
        on_progress: Callable[[ModelProgress], object] | None = None,
    ) -> Model:
        """Upload a file into the volume, wait until it is there, and return it.

        ``name`` is the file's own unless given. A big file goes up in parts, straight to storage, a few at a time
        and read from the disk as they go. One that was broken off, also with its process, is taken up by the same
        call: only the missing parts are sent, if the file has not changed. ``resume=False`` begins anew, and gives
        up what is there when it fails.

        Raises:
            InvalidInput: no such file, empty, no folder, or the volume has that name already.
            FeatureDisabled: the flag uploads is off.
            SaveFailed, ServerError, ConnectionLost, TimedOut: it broke off; call it again to go on.
            DownloadFailed: the service did not take the file over into the volume.

        Example:
            >>> import pathlib, tempfile
            >>> weights = pathlib.Path(tempfile.mkdtemp()) / "ink.safetensors"
            >>> _ = weights.write_bytes(b"weights")
            >>> model = st.models.upload(weights, folder="loras", name="example-ink.safetensors")
            >>> model.path, model.kind, model.size
            ('loras/example-ink.safetensors', 'lora', 7)
            >>> model.delete()
        """
        return Model._of(
            _call(
                self._inner.upload(
                    path, folder=folder, name=name, resume=resume, on_progress=_on_caller(on_progress)
                )
            )
        )

    def register_lora(
        self,
        what: Output | Any,
        name: str | None = None,
        *,
        on_progress: Callable[[ModelProgress], object] | None = None,
    ) -> Model:
        """Put what a training made into the volume, as loras/<name>.safetensors, and return the model.

        what: a training, an output, the path of a .safetensors file, or a link to one. name: of a training its own,
        else the file's. The weights are fetched here first, seen to be whole by their own head, hashed, and uploaded;
        in the volume their size is compared, which is all that the service tells of a file there. The same again
        returns what is there, also where another machine put it: a warning says then that only its size could be
        compared. A training stays what it is when this fails: call it again.

        Raises:
            InvalidInput: no weights, or no name; or the volume has another file of that name.
            NotFound: the training has made none.
            DownloadFailed: they can't be fetched, or the volume has something else in their place.
            FeatureDisabled: the flag uploads is off.

        Example:
            >>> st.models.register_lora(b"weights", "my-cat")
            Traceback (most recent call last):
            ...
            stationthis_sdk.errors.InvalidInput: A LoRA is registered from a training, ...
        """
        return Model._of(
            _call(self._inner.register_lora(_twin(what), name, on_progress=_on_caller(on_progress)))
        )


class Account(_Sync):
    """The account that the key belongs to, its user's or its organisation's."""

    _inner: AsyncAccount

    def __repr__(self) -> str:
        return self._inner.__repr__()

    def settings(self, *, refresh: bool = False) -> AccountSettings:
        """Read the settings; of the tokens among them only whether they are set.

        Example:
            >>> st.account.settings().visibility
            'public'
        """
        return _call(self._inner.settings(refresh=refresh))

    def update_settings(
        self,
        *,
        visibility: str | None = None,
        hugging_face_token: str | Secret | None = None,
        spend_limit: float | None = None,
        api_version: str | None = None,
        custom_bucket: bool | None = None,
        bucket_name: str | None = None,
        bucket_region: str | None = None,
        bucket_key_id: str | None = None,
        bucket_key: str | Secret | None = None,
        role_arn: str | None = None,
        cloudfront: bool | None = None,
        cloudfront_domain: str | None = None,
    ) -> AccountSettings:
        """Change settings and return them all. What is left out stays; the service has no way to empty one.

        ``visibility`` is public or private and is noticed within five minutes. ``spend_limit`` is in US dollars.
        ``hugging_face_token`` is used for downloads. ``api_version`` is v1 or v2 of the dashboard. ``bucket_…``,
        ``role_arn`` and ``cloudfront…`` are of an S3 store of one's own.

        Raises:
            InvalidInput: nothing to change, or a value that can't be one.

        Example:
            >>> st.account.update_settings(visibility="public").visibility
            'public'
        """
        return _call(
            self._inner.update_settings(
                visibility=visibility,
                hugging_face_token=hugging_face_token,
                spend_limit=spend_limit,
                api_version=api_version,
                custom_bucket=custom_bucket,
                bucket_name=bucket_name,
                bucket_region=bucket_region,
                bucket_key_id=bucket_key_id,
                bucket_key=bucket_key,
                role_arn=role_arn,
                cloudfront=cloudfront,
                cloudfront_domain=cloudfront_domain,
            )
        )

    def keys(self, search: str | None = None) -> builtins.list[ApiKey]:
        """List the API keys that are not revoked, of each its name and last four characters; never from a copy.

        Example:
            >>> [key.name for key in st.account.keys("no key is called this")]
            []
        """
        return _call(self._inner.keys(search))

    def create_key(self, name: str) -> Secret:
        """Make an API key. Only this answer ever tells it: keep what its ``reveal()`` gives in a safe place.

        Raises:
            InvalidInput: no name, or one that is too long.
            ConnectionLost, TimedOut: the answer was lost; ``keys()`` tells whether there is a key that nobody has.

        Example:
            >>> st.account.create_key("for an example")
            Secret('****')
            >>> for key in st.account.keys("for an example"):
            ...     st.account.delete_key(key.id)
        """
        return _call(self._inner.create_key(name))

    def delete_key(self, key_id: str) -> None:
        """Revoke an API key by its id. For some seconds it may still work.

        Raises:
            InvalidInput: that is a key and not the id of one; it was not sent.
            NotFound: no key has that id.
        """
        _call(self._inner.delete_key(key_id))

    def pricing(self, *, otherwise: Mapping[str, float] | None = None, refresh: bool = False) -> Pricing:
        """Read what GPUs cost, in US dollars for a second; the same for everybody.

        ``otherwise`` is a table of one's own, GPU to rate, for when the service has no such list or can't be
        reached: ``source`` is then file, and ``source.problem`` says which it was. A refused key is raised, as
        everywhere. A GPU without a price costs None, which is unknown, never 0.

        Raises:
            InvalidInput: a rate of the table is no amount.

        Example:
            >>> pricing = st.account.pricing()
            >>> pricing.cost("no such GPU", seconds=60) is None
            True
        """
        return _call(self._inner.pricing(otherwise=otherwise, refresh=refresh))

    def credits(self, *, refresh: bool = False) -> builtins.list[CreditKind]:
        """List the kinds of credit, and what GPUs cost in each; the same for everybody.

        How much is left of one's own is in ``settings().credit``.

        Raises:
            ServerError: the billing behind the service did not answer.

        Example:
            >>> st.account.credits()
            []
        """
        return _call(self._inner.credits(refresh=refresh))


class Session(_Sync):
    """ComfyUI on a machine, open for someone to work in it. It costs until it is closed or its time is over.

    A ``with`` block opens it, waits until its ComfyUI answers, and closes it at the end, also after an error,
    Ctrl-C, SIGTERM or task cancellation.
    """

    _inner: AsyncSession

    def __repr__(self) -> str:
        return self._inner.__repr__()

    @property
    def id(self) -> str:
        """The service's id.

        Raises:
            InvalidInput: it is not opened yet, as for all that is only known then.
        """
        return self._inner.id

    @property
    def url(self) -> str | None:
        """Where its ComfyUI answers; None until it does. Whoever has it can work there."""
        return self._inner.url

    @property
    def gpu(self) -> str | None:
        """Its GPU."""
        return self._inner.gpu

    @property
    def machine_id(self) -> str | None:
        """The machine it runs on; None for a container of its own."""
        return self._inner.machine_id

    @property
    def ends_at(self) -> datetime | None:
        """When the service will end it (UTC), as last heard."""
        return self._inner.ends_at

    @property
    def minutes_left(self) -> float | None:
        """Minutes until ``ends_at`` by this machine's clock, 0 once it has ended; None when the end is not known."""
        return self._inner.minutes_left

    @property
    def ended(self) -> bool:
        """Whether it was closed or found to have ended; ``refresh`` asks."""
        return self._inner.ended

    @property
    def record(self) -> SessionRecord:
        """Everything known of the session, as data."""
        return self._inner.record

    @property
    def source(self) -> Source | None:
        """Where this was learnt, and how old it is; sessions are never copied, so always from the service."""
        return self._inner.source

    def start(self) -> Session:
        """Open it and wait until its ComfyUI answers: what ``with`` does on entering. Close it yourself.

        The limits are the client's: cold start and total. When one runs out, or the wait is interrupted, the
        session is closed.

        Raises:
            InvalidInput: it has ended, or is being opened already; or its machine is none for sessions.
            NotFound: no such machine; or the session ended before its ComfyUI answered.
            ValidationFailed: the machine has five open sessions, or the plan allows no more or no longer ones.
            Refused: not enough credits, or not in the plan.
            TimedOut: a limit ran out; the session was closed.
            AmbiguousSubmit: the answer was lost, so that nobody knows whether it was opened.

        Example:
            >>> session = st.sessions.open(machine="this-machine", minutes=5).start()
            >>> session.ended, session.close().ended
            (False, True)
        """
        return self._own(_call(self._inner.start()))

    def refresh(self) -> Session:
        """Ask the service for its present state and return the session; one that is over has ``ended`` set.

        The service has no other sign of an end than that the session is not there any more.
        """
        return self._own(_call(self._inner.refresh()))

    def extend(self, minutes: int) -> Session:
        """Let it run longer, and return it with its new end. This costs; it is never asked twice.

        Raises:
            InvalidInput: ``minutes`` is no whole number above 0.
            ValidationFailed: more than an hour from now, or than the plan allows.
            NotFound: it has ended.

        Example:
            >>> with st.sessions.open(machine="this-machine", minutes=5) as session:
            ...     longer = session.extend(10)
            >>> round((longer.ends_at - longer.record.created_at).total_seconds() / 60)
            15
        """
        return self._own(_call(self._inner.extend(minutes)))

    def snapshot(self, name: str | None = None) -> SessionSnapshot:
        """Keep its container as a new version of its machine; only for sessions of ``open_dynamic``.

        ``name`` is that of the new machine, for a session that has none. May take minutes.

        Raises:
            ValidationFailed: it is no dynamic session, or has no machine and no name was given.
            NotFound: it has ended.
        """
        return _call(self._inner.snapshot(name))

    def close(self, *, wait: bool = False) -> Session:
        """End it, and return it; a session that has ended is no error. ``wait`` until its container is gone, too.

        Raises:
            StationThisError: it could not be closed; the message says so, and the session may go on costing.

        Example:
            >>> session = st.sessions.open(machine="this-machine", minutes=5).start()
            >>> session.close().minutes_left
            0.0
        """
        return self._own(_call(self._inner.close(wait=wait)))

    def __enter__(self) -> Self:
        try:
            _call(self._inner.__aenter__())
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _call(self._inner.__aexit__(kind, error, trace), last=True)


class Sessions(_Sync):
    """Interactive sessions: open one, list and find those that are open."""

    _inner: AsyncSessions

    def __repr__(self) -> str:
        return self._inner.__repr__()

    def open(
        self, machine: str | Named, *, minutes: int = 15, gpu: str | None = None, timeout: float | None = None
    ) -> Session:
        """Make a session, which ``with`` opens and closes; nothing is sent before.

        machine: a serverless one, by name, id or itself. minutes: how long it may stay open, and cost. gpu: what to
        ask for, else the machine's own. timeout: seconds until its ComfyUI has to answer, else the client's limits.

        Raises:
            InvalidInput, FeatureDisabled: nothing was sent. On entering: see ``Session.start``.

        Example:
            >>> with st.sessions.open(machine="this-machine", minutes=30) as session:
            ...     session.url.startswith("http"), round(session.minutes_left)
            (True, 30)
            >>> session.ended
            True
        """
        return Session._of(self._inner.open(machine, minutes=minutes, gpu=gpu, timeout=timeout))

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
    ) -> Session:
        """Make a session in a container of its own, which ``snapshot`` can keep; beta on the service's side.

        machine: whose image to begin with; without one an image is built. machine_version: an id of a version of
        it. comfyui_version: a commit, 40 hexadecimal digits. dependencies: custom nodes, "owner/repository@commit",
        or an object with ``docker_command_steps``. The rest is as for ``open``.

        Raises:
            InvalidInput, FeatureDisabled: nothing was sent.

        Example:
            >>> nodes = ["cubiq/ComfyUI_essentials@9d9f4be"]
            >>> with st.sessions.open_dynamic(minutes=5, dependencies=nodes) as session:
            ...     session.machine_id is None, session.url is None
            (True, False)
        """
        return Session._of(
            self._inner.open_dynamic(
                minutes=minutes,
                gpu=gpu,
                machine=machine,
                machine_version=machine_version,
                comfyui_version=comfyui_version,
                dependencies=dependencies,
                base_docker_image=base_docker_image,
                python_version=python_version,
                timeout=timeout,
            )
        )

    def list(self, *, machine: str | Named | None = None) -> Listing[Session]:
        """List the sessions that are open, the latest first; ``machine`` (name, id or itself) picks its own.

        Example:
            >>> with st.sessions.open(machine="this-machine", minutes=5) as session:
            ...     session.id in [one.id for one in st.sessions.list(machine="this-machine")]
            True
        """
        return _call(self._inner.list(machine=machine))._map(Session._of)

    def get(self, session_id: str) -> Session:
        """Get one that is open, by its id.

        Raises:
            NotFound: it has ended, or never was: the service does not tell which.
        """
        return Session._of(_call(self._inner.get(session_id)))


class Asset(_Sync):
    """A file or a folder that the account keeps."""

    _inner: AsyncAsset

    def __repr__(self) -> str:
        return self._inner.__repr__()

    @property
    def id(self) -> str:
        """The service's id."""
        return self._inner.id

    @property
    def name(self) -> str:
        """The name it was uploaded under, or the folder's own."""
        return self._inner.name

    @property
    def path(self) -> str:
        """Where it is, without a leading slash; a file's ends in its id, not in its name."""
        return self._inner.path

    @property
    def folder(self) -> str:
        """The path of the folder it is in; empty for the root."""
        return self._inner.folder

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self._inner.is_folder

    @property
    def url(self) -> str | None:
        """Where its bytes are; may be passed as an input. Links of private accounts die after an hour: ``refresh``."""
        return self._inner.url

    @property
    def size(self) -> int | None:
        """In bytes."""
        return self._inner.size

    @property
    def mime(self) -> str | None:
        """Its media type."""
        return self._inner.mime

    @property
    def created_at(self) -> datetime | None:
        """When it was made."""
        return self._inner.created_at

    @property
    def record(self) -> AssetRecord:
        """Everything known of it, as data."""
        return self._inner.record

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._inner.source

    def refresh(self) -> Asset:
        """Read it again: a fresh link, where links are signed.

        Raises:
            NotFound: it is gone.

        Example:
            >>> asset = st.files.assets.upload(bytes.fromhex("504b0304"), name="again")
            >>> asset.refresh().size
            4
            >>> asset.delete()
        """
        return self._own(_call(self._inner.refresh()))

    def move(self, folder: str) -> Asset:
        """Move the file into another folder, "/" for the root. The service neither moves folders nor renames.

        Raises:
            InvalidInput: it is a folder itself; nothing was sent.
            NotFound: no such folder, or the asset is gone.

        Example:
            >>> there = st.files.assets.create_folder("moved")
            >>> asset = st.files.assets.upload(bytes.fromhex("504b0304"), name="mover")
            >>> asset.move("moved").folder
            'moved'
            >>> there.delete()
        """
        return self._own(_call(self._inner.move(folder)))

    def delete(self) -> None:
        """Delete it for good; a folder with all that is in it.

        Raises:
            NotFound: it is gone already.

        Example:
            >>> asset = st.files.assets.upload(bytes.fromhex("504b0304"), name="brief")
            >>> asset.delete()
        """
        _call(self._inner.delete())


class Assets(_Sync):
    """The files and folders that the account keeps."""

    _inner: AsyncAssets

    def __repr__(self) -> str:
        return self._inner.__repr__()

    def list(self, folder: str = "/") -> builtins.list[Asset]:
        """List what is directly in a folder: folders first, then files by name. "/refs" and "refs" are the same.

        The service answers an empty list for a folder that is not there.

        Example:
            >>> st.files.assets.list("/nothing/here")
            []
        """
        return [Asset._of(item) for item in _call(self._inner.list(folder))]

    def search(self, name: str, *, limit: int = 20) -> builtins.list[Asset]:
        """Find files, not folders, that have this in their name; the newest first, at most ``limit`` of them.

        Example:
            >>> st.files.assets.search("no such name")
            []
        """
        return [Asset._of(item) for item in _call(self._inner.search(name, limit=limit))]

    def get(self, asset_id: str) -> Asset:
        """Get one by its id.

        Raises:
            NotFound: there is none of that id.

        Example:
            >>> asset = st.files.assets.upload(bytes.fromhex("504b0304"), name="found")
            >>> st.files.assets.get(asset.id).name
            'found.zip'
            >>> asset.delete()
        """
        return Asset._of(_call(self._inner.get(asset_id)))

    def create_folder(self, path: str) -> Asset:
        """Make a folder; its parents are made as well where they are missing.

        Raises:
            ValidationFailed: there is one already.

        Example:
            >>> folder = st.files.assets.create_folder("/refs/cats")
            >>> folder.path
            'refs/cats'
            >>> [one.path for one in st.files.assets.list() if one.name == "refs"]
            ['refs']
            >>> folder.delete()
            >>> st.files.assets.list()[0].delete()
        """
        return Asset._of(_call(self._inner.create_folder(path)))

    def upload(
        self,
        file: Any,
        folder: str = "/",
        *,
        name: str | None = None,
        on_progress: Callable[[int, int], object] | None = None,
    ) -> Asset:
        """Upload a file into a folder, to be kept; anything ``files.upload`` takes. Twice makes two assets.

        on_progress: called with the bytes sent and all there are.

        Raises:
            InvalidInput: see ``files.upload``; nothing was sent.

        Example:
            >>> asset = st.files.assets.upload(bytes.fromhex("504b0304"), "refs", name="a sketch")
            >>> asset.name, asset.folder, asset.size
            ('a sketch.zip', 'refs', 4)
            >>> asset.delete()
        """
        return Asset._of(
            _call(self._inner.upload(file, folder, name=name, on_progress=_on_caller(on_progress)))
        )

    def add(self, url: str, folder: str = "/") -> Asset:
        """Keep a link as an asset: the bytes stay where they are. The folder has to be there.

        Raises:
            InvalidInput: no web address, or one that holds a bot's token: ``upload`` fetches that.
            ValidationFailed: the service can't reach it.
            NotFound: no such folder.

        Example:
            >>> sent = st.files.upload(bytes.fromhex("504b0304"))
            >>> link = st.files.assets.add(sent.url)
            >>> link.size
            4
            >>> link.delete()
        """
        return Asset._of(_call(self._inner.add(url, folder)))


class PresignedUpload(_Sync):
    """A signed address for one file. Whoever has it may put that file there, without a key."""

    _inner: AsyncPresignedUpload

    def __repr__(self) -> str:
        return self._inner.__repr__()

    @property
    def name(self) -> str:
        """What the file will be called."""
        return self._inner.name

    @property
    def mime(self) -> str:
        """Its media type."""
        return self._inner.mime

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return self._inner.size

    @property
    def url(self) -> str:
        """Where to PUT the file. It is a secret until it expires: whoever has it may write there."""
        return self._inner.url

    @property
    def headers(self) -> Mapping[str, str]:
        """Exactly the headers that the PUT must bring, besides the length; a key must not be among them."""
        return self._inner.headers

    @property
    def expires_at(self) -> datetime | None:
        """Until when the address is good, as it says itself; None when it does not."""
        return self._inner.expires_at

    def put(self, file: Any, *, on_progress: Callable[[int, int], object] | None = None) -> UploadedFile:
        """Put the file, tell the service of it, and learn the address it has then; anything ``files.upload`` takes.

        An address that is too old is asked for anew, once. Where storage refuses or is not to be reached, the file
        goes through the service.

        Raises:
            InvalidInput: see ``files.upload``; or it has another size than was asked for. Nothing was sent.

        Example:
            >>> presigned = st.files.presign("two models", "application/zip", 4)
            >>> file = presigned.put(bytes.fromhex("504b0304"))
            >>> file.name, file.size
            ('two models.zip', 4)
        """
        return _call(self._inner.put(file, on_progress=_on_caller(on_progress)))

    def register(self) -> UploadedFile:
        """Tell the service that somebody else has put the file, and learn the address it has then.

        The service takes our word for it: it does not look. Twice is a failure there.

        Example:
            >>> import urllib.request
            >>> presigned = st.files.presign("two models", "application/zip", 4)
            >>> request = urllib.request.Request(
            ...     presigned.url, bytes.fromhex("504b0304"), dict(presigned.headers), method="PUT"
            ... )
            >>> urllib.request.urlopen(request).close()  # whoever has the address: it needs no key
            >>> presigned.register().size
            4
        """
        return _call(self._inner.register())


class Files(_Sync):
    """Uploads by hand; inputs that are files are uploaded by being passed."""

    _inner: AsyncFiles

    def __repr__(self) -> str:
        return self._inner.__repr__()

    @property
    def assets(self) -> Assets:
        """The files and folders that the account keeps.

        Example:
            >>> st.files.assets
            <assets: list(folder), search(name), upload(file, folder)>
        """
        return Assets._of(self._inner.assets)

    def upload(
        self,
        file: Any,
        *,
        name: str | None = None,
        on_progress: Callable[[int, int], object] | None = None,
        cache: bool = True,
    ) -> UploadedFile:
        """Upload a file, and learn the address it has then.

        file: a path, bytes, an open binary file or stream (read from where it is to its end), a Pillow image, a
        numpy array, a data URL, or a web address, which is fetched without the key. Its type is told by its first
        bytes; ``name`` is what it is to be called, and gets the ending of that type. Nothing is read into memory
        whole: what is long and no file on disk waits in a temporary one. Text is taken when its name says that it is
        something else, such as notes.json.

        on_progress: called with the bytes sent and all there are, as often as it keeps up with.

        The same bytes are uploaded once, under whatever name, and remembered in the data folder: for 30 days, and
        tried before they are used again when that was not done for ten minutes; links of private accounts, which the
        service signs for an hour, for 50 minutes. ``cache=False`` uploads in any case. Files of 32 MiB and more go straight into storage,
        and are among the account's assets then; where that fails they go through the service as the others do.

        Raises:
            InvalidInput: no such file, empty, over 250 MiB, a damaged picture, or of a type that the service
                refuses (text, for one); nothing was sent.
            DownloadFailed: a web address could not be fetched; nothing was sent to the service.
            FeatureDisabled: the flag uploads is off; nothing was sent.

        Example:
            >>> (st.files.upload(bytes.fromhex("504b0304"), name="two models")).name
            'two models.zip'
        """
        return _call(self._inner.upload(file, name=name, on_progress=_on_caller(on_progress), cache=cache))

    def presign(self, name: str, mime: str, size: int) -> PresignedUpload:
        """Ask for a signed address to put one file to: ``put()`` it, or hand the address to who has no key.

        ``name`` is what the file is to be called, ``mime`` its media type, ``size`` its bytes. The address is good
        for an hour, and for such a file only; what is put there is among the account's assets once it is registered.
        ``upload`` does all this by itself for big files.

        Raises:
            InvalidInput: no name, a type the service refuses, or no size up to 250 MiB; nothing was sent.
            NotFound: this server has no signed addresses.
            FeatureDisabled: the flag uploads is off; nothing was sent.

        Example:
            >>> presigned = st.files.presign("fox", "image/png", 1234)
            >>> presigned
            <presigned upload of 'fox.png': image/png, 1,234 bytes>
            >>> sorted(presigned.headers)
            ['content-type', 'x-amz-acl']
        """
        return PresignedUpload._of(_call(self._inner.presign(name, mime, size)))


class Cache(_Sync):
    """The copies of answers and results on this machine: what is in them, and taking them away.

    Doing so changes no answer; what ``options(cache=True)`` had kept is paid for again.
    """

    _inner: AsyncCache

    def __repr__(self) -> str:
        return self._inner.__repr__()

    def info(self) -> CacheInfo:
        """What is kept for this account: kind, key, size and age of each copy; of a result with what its run made.

        Example:
            >>> machines = st.machines.list()
            >>> {copy.kind for copy in st.cache.info().copies if copy.kind == "machines"}
            {'machines'}
        """
        return _call(self._inner.info())

    def clear(self, kind: str | None = None, *, name: str | None = None) -> int:
        """Take the copies of this account away, all or some of them, and return how many there were.

        Kinds are deployments, workflows, versions, machines, models, pricing, account and results. ``name`` is the
        name, id or path of something: the copies of it go, and the lists it is in; results by deployment, workflow or
        run.

        Raises:
            InvalidInput: there is no such kind, or the name is no text.

        Example:
            >>> machines = st.machines.list()
            >>> st.cache.clear("machines") > 0
            True
        """
        return _call(self._inner.clear(kind, name=name))

    def verify(self) -> CacheCheck:
        """Look at every row and every result, of any account, and take away what this SDK can't have written.

        Example:
            >>> st.cache.verify().refused
            0
        """
        return _call(self._inner.verify())


class Generation(_Sync):
    """What came of ``make_image``: its runs, their outputs, what they cost, and what was really sent.

    Example:
        >>> made = st.make_image("a fox", seed=7, n=2, width=64, height=64, steps=1)
        >>> made.code, made.seeds, len(made.outputs.images)
        ('success', [7, 8], 2)
        >>> made.came_from["seed"], made.came_from["style"]
        ('call', 'workflow')
    """

    _inner: AsyncGeneration

    def __repr__(self) -> str:
        return self._inner.__repr__()

    @property
    def runs(self) -> builtins.list[Run]:
        """The runs, one for each of ``n``; of a chain those of the step that each has come to."""
        return [Run._of(item) for item in self._inner.runs]

    @property
    def all_runs(self) -> builtins.list[Run]:
        """Every run it took: earlier steps of a chain, and runs that were made again, included."""
        return [Run._of(item) for item in self._inner.all_runs]

    @property
    def outputs(self) -> Outputs[Output]:
        """What all runs made."""
        return self._inner.outputs.map(Output._of)

    @property
    def code(self) -> str | None:
        """The product's code: success, not_enough_points, generation_failed and so on; None while it is under way.

        It is of all n together, and never one for which a host pays back while some of it was made or may be made:
        generation_timeout while a run may be under way, or the answer to a submit is lost; else success when at least
        one of several was made. ``errors`` has what the others came to.
        """
        return self._inner.code

    @property
    def errors(self) -> builtins.list[StationThisError]:
        """What went wrong, one for each of n that did not end well; the gravest first, which is the one that is raised."""
        return [_coloured(item) for item in self._inner.errors]

    @property
    def progress(self) -> Progress:
        """How far all of it is: the state of the one furthest behind, the mean of all."""
        return self._inner.progress

    @property
    def cost(self) -> Cost:
        """What it cost, in US dollars, all runs together; ``estimated`` is None, and ``why`` tells, where one's is not known."""
        return self._inner.cost

    @property
    def deployment(self) -> Deployment:
        """The deployment that was used; of a chain the last one.

        Raises:
            InvalidInput: none was found.
        """
        return Deployment._of(self._inner.deployment)

    @property
    def inputs(self) -> dict[str, Any]:
        """What the first of its runs was really given: what was sent, and the workflow's own defaults beside that."""
        return self._inner.inputs

    @property
    def came_from(self) -> dict[str, str]:
        """Where each of ``inputs`` is from: call, preference, workflow (its default), drawn (a seed), or earlier step."""
        return self._inner.came_from

    @property
    def seeds(self) -> builtins.list[int]:
        """The seed of each run, where the deployment takes one."""
        return self._inner.seeds

    @property
    def loras(self) -> builtins.list[str]:
        """The LoRAs that went into it, with their weights."""
        return self._inner.loras

    @property
    def left_out(self) -> builtins.list[str]:
        """The words for which there was no input, and why."""
        return self._inner.left_out

    @property
    def tried(self) -> builtins.list[str]:
        """What was tried before: deployments that refused, runs that were made again."""
        return self._inner.tried

    @property
    def warnings(self) -> builtins.list[str]:
        """What is odd about it, in words."""
        return self._inner.warnings

    def wait(self, *, on_progress: Callable[[Progress], object] | None = None) -> Generation:
        """Wait until all of it has ended well, and return it; steps of a chain that are left to do are done.

        Raises:
            RunFailed, RunCancelled, RunTimedOut, TimedOut, AmbiguousSubmit: the gravest; ``generation`` has the others.

        Example:
            >>> made = st.make_image("a fox", wait=False, width=64, height=64, steps=1)
            >>> made.wait().code
            'success'
        """
        return self._own(_call(self._inner.wait(on_progress=_on_caller(on_progress))))

    def resume(self, *, on_progress: Callable[[Progress], object] | None = None) -> Generation:
        """Go on where it stopped, and return it: what failed is made again, at full price, what ended well is kept.

        A run that goes on is waited for; of a chain the steps that ended well are not repeated. Where a submit's answer
        was lost, nothing is asked for again before it is known what came of it: ``StationThis.reconcile`` finds out.

        Raises:
            StationThisError: as ``make_image``.
        """
        return self._own(_call(self._inner.resume(on_progress=_on_caller(on_progress))))

    def refresh(self) -> Generation:
        """Ask the service for the present state of its runs, and return it."""
        return self._own(_call(self._inner.refresh()))

    def cancel(self) -> Generation:
        """Cancel every run that is under way, and return it; no other is started, not by ``retry`` or ``fallback`` either.

        ``resume`` takes that back.

        Raises:
            CancelRefused: the service would not cancel one; see ``Run.cancel``.
        """
        return self._own(_call(self._inner.cancel()))

    def save(self, to: str | Path = ".", *, sidecar: bool = True) -> builtins.list[Path]:
        """Save all it made into a folder, and return the paths; see ``Run.save``.

        Raises:
            InvalidInput, SaveFailed, DownloadFailed: see there. Of the first that failed, once all others are saved:
                its ``saved`` has their paths.

        Example:
            >>> import tempfile
            >>> made = st.make_image("a fox", seed=7, n=2, width=64, height=64, steps=1)
            >>> [path.name for path in made.save(tempfile.mkdtemp())]
            ['text-to-picture-7.png', 'text-to-picture-8.png']
        """
        return _call(self._inner.save(to, sidecar=sidecar))


class Preferences(_Sync):
    """Preferences for ``make_image`` and for bots: of whoever has the key, or of a user the host names.

    What is nearer counts more: a user's own before those of whoever has the key, those for one workflow before those
    for all. A call's own words come before any.
    """

    _inner: AsyncPreferences

    def __repr__(self) -> str:
        return self._inner.__repr__()

    def get(self, workflow: str | None = None, *, user: str | None = None) -> dict[str, Any]:
        """What holds for this workflow: what is said for all, and over it what is said for this one.

        Asks nobody, unless it is named by an id. ``user`` is who it is, as the host names people; without one, whoever has the key.

        Example:
            >>> st.preferences.set(steps=4, user="example")
            {'steps': 4}
            >>> st.preferences.set("text-to-picture", style="sea", user="example")
            {'style': 'sea'}
            >>> st.preferences.get("text-to-picture", user="example")
            {'steps': 4, 'style': 'sea'}
            >>> st.preferences.forget(user="example")
            >>> st.preferences.forget("text-to-picture", user="example")
        """
        return _call(self._inner.get(workflow, user=user))

    def set(
        self, for_workflow: str | None = None, /, *, user: str | None = None, **words: Any
    ) -> dict[str, Any]:
        """Prefer these, and return all that is said for just this user and workflow.

        words: common words (``steps=30, cfg=6``), names of inputs, and ``workflow``: what is run when nobody names
        anything. Texts, numbers, True and False only; pictures by their web address.

        Raises:
            InvalidInput: ``problems`` lists what makes no sense, or does not fit the workflow; nothing was kept.
            SaveFailed: the ledger can't be written.

        Example:
            >>> st.preferences.set(workflow="text-to-picture", cfg=99)
            Traceback (most recent call last):
            ...
            stationthis_sdk.errors.InvalidInput: Nothing was kept: cfg: must be within 0–30, got 99.
        """
        return _call(self._inner.set(for_workflow, user=user, **words))

    def forget(
        self,
        workflow: str | None = None,
        *,
        user: str | None = None,
        names: Collection[str] | str | None = None,
    ) -> None:
        """Prefer nothing any more, or not these; what is said for other workflows, and for all, stays.

        Raises:
            SaveFailed: the ledger can't be written.
        """
        _call(self._inner.forget(workflow, user=user, names=names))


class TrainingJob(_Sync):
    """A run that trains a model; what a run can do, it can. A new process finds it by ``st.trainings.get(id)``."""

    _inner: AsyncTrainingJob

    def __repr__(self) -> str:
        return self._inner.__repr__()

    @property
    def run(self) -> Run:
        """The run that it is."""
        return Run._of(self._inner.run)

    @property
    def id(self) -> str:
        """The service's id of the run."""
        return self._inner.id

    @property
    def name(self) -> str:
        """What the model is to be called."""
        return self._inner.name

    @property
    def base(self) -> str:
        """The family of models that it is for; empty where only another machine knows."""
        return self._inner.base

    @property
    def trigger(self) -> str:
        """The word that calls it in prompts."""
        return self._inner.trigger

    @property
    def recipe(self) -> Mapping[str, Any]:
        """Steps, learning rate and so on, as they were sent."""
        return self._inner.recipe

    @property
    def left_out(self) -> tuple[str, ...]:
        """What of the recipe the deployment has no input for: its own values hold."""
        return self._inner.left_out

    @property
    def dataset(self) -> Mapping[str, Any]:
        """How many images and captions were sent, in how many bytes, and the SHA-256 of their ZIP."""
        return self._inner.dataset

    @property
    def state(self) -> RunState:
        """The last state heard; it never goes back, and the end sticks."""
        return self._inner.state

    @property
    def stalled(self) -> bool:
        """Whether it works and nothing was heard of it for fifteen minutes; it may go on all the same."""
        return self._inner.stalled

    @property
    def registered(self) -> str | None:
        """Where in the account's volume its weights are, once ``st.models.register_lora`` has put them there."""
        return self._inner.registered

    @property
    def code(self) -> str | None:
        """What it came to in the product's codes: success, training_failed; None while it goes on."""
        return self._inner.code

    @property
    def progress(self) -> Progress:
        """How far it was when last heard of."""
        return self._inner.progress

    @property
    def step(self) -> int | None:
        """The furthest step that was heard of."""
        return self._inner.step

    @property
    def steps(self) -> int | None:
        """How many there are to be."""
        return self._inner.steps

    @property
    def eta(self) -> float | None:
        """Seconds left: as it says itself, else by its own pace, else as for any run; None where nobody can tell."""
        return self._inner.eta

    @property
    def loss(self) -> LossCurve:
        """The loss at each step that was told so far; at its end all of it. ``loss.last`` is the newest."""
        return self._inner.loss

    @property
    def inputs(self) -> dict[str, Any]:
        """The inputs as sent."""
        return self._inner.inputs

    @property
    def outputs(self) -> Outputs[Output]:
        """What it has made so far."""
        return self._inner.outputs.map(Output._of)

    @property
    def weights(self) -> Output:
        """What was learnt: the .safetensors file.

        Raises:
            NotFound: it made none, or has not ended.
        """
        return Output._of(self._inner.weights)

    @property
    def samples(self) -> builtins.list[Output]:
        """The pictures that show what was learnt."""
        return [Output._of(item) for item in self._inner.samples]

    @property
    def cost(self) -> Cost:
        """What it cost; see ``Run.cost``."""
        return self._inner.cost

    @property
    def reason(self) -> str | None:
        """Why it failed; see ``Run.reason``."""
        return self._inner.reason

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._inner.source

    def refresh(self) -> TrainingJob:
        """Ask the service how far it is, and return the job.

        Raises:
            NotFound: the service does not know the run (any more).
        """
        return self._own(_call(self._inner.refresh()))

    def wait(
        self,
        *,
        timeout: float | None = None,
        on_progress: Callable[[Progress], object] | None = None,
        on_milestone: Callable[[int], object] | None = None,
        on_interrupt: OnInterrupt | None = None,
    ) -> TrainingJob:
        """Wait until it has ended well, and return it. Once it works, it is asked for once a minute, not more.

        on_milestone: told 25, 50 and 75, each once, also when the wait is begun again in another process; what was
        passed while nobody waited is told then. The others are those of ``Run.wait``.

        Raises:
            RunFailed, RunCancelled, RunTimedOut: it ended otherwise.
            TimedOut: a limit ran out; it goes on.
        """
        return self._own(
            _call(
                self._inner.wait(
                    timeout=timeout,
                    on_progress=_on_caller(on_progress),
                    on_milestone=_on_caller(on_milestone),
                    on_interrupt=on_interrupt,
                )
            )
        )

    def follow(
        self, *, timeout: float | None = None, on_interrupt: OnInterrupt | None = None
    ) -> Iterator[TrainingEvent]:
        """Yield what happens to it, as it happens, until its end; a training that fails ends, too, without raising.

        Kinds are state, progress, output, milestone, stalled and end; a milestone is told once, whoever follows. The
        rest is as ``Run.follow`` does it.
        """
        yield from _iterate(self._inner.follow(timeout=timeout, on_interrupt=on_interrupt))

    def logs(self, *, follow: bool = False) -> RunLog:
        """Its log; see ``Run.logs``."""
        return RunLog._of(self._inner.logs(follow=follow))

    def cancel(self) -> RunState:
        """Cancel it on the service and return the state it ended in; see ``Run.cancel``."""
        return _call(self._inner.cancel())

    def save(self, to: str | Path = ".", *, sidecar: bool = True) -> builtins.list[Path]:
        """Save all it made into a folder and return the paths; see ``Run.save``."""
        return _call(self._inner.save(to, sidecar=sidecar))


class Trainings(_Sync):
    """Trainings: ``st.train_lora`` begins one."""

    _inner: AsyncTrainings

    def __repr__(self) -> str:
        return self._inner.__repr__()

    def get(self, run_id: str) -> TrainingJob:
        """The training of this run, also of one that another process, or another machine, began.

        Raises:
            NotFound: there is no such run, or it trains nothing.
            FeatureDisabled: the flag training is off.

        Example:
            >>> st.trainings.get("5ea8723e-4701-4d69-8604-8932801f2083")
            Traceback (most recent call last):
            ...
            stationthis_sdk.errors.NotFound: ...
        """
        return TrainingJob._of(_call(self._inner.get(run_id)))

    def list(self) -> Listing[TrainingJob]:
        """Those that were begun on this machine, the newest first, as they were last heard of here; asks nobody.

        Example:
            >>> st.trainings.list().to_frame().columns[:3].tolist()
            ['run_id', 'name', 'base']
        """
        return _call(self._inner.list())._map(TrainingJob._of)

    def plan(
        self,
        dataset: Dataset,
        *,
        name: str,
        trigger: str,
        base: str = "sdxl",
        deployment: Deployment | str | None = None,
        resize: Resize = "crop",
        seed: int | None = None,
        **recipe: Any,
    ) -> TrainingPlan:
        """Say what ``st.train_lora`` would do with the same arguments: what is wrong, how long, what it costs.

        Nothing is uploaded, nothing is started. Pictures behind web addresses are fetched, to be looked at.

        Raises:
            NotFound: there is no deployment that trains, and nothing else is wrong.
            MissingExtra: Pillow or imagehash is not installed.
        """
        return _call(
            self._inner.plan(
                dataset,
                name=name,
                trigger=trigger,
                base=base,
                deployment=_twin(deployment),
                resize=resize,
                seed=seed,
                **recipe,
            )
        )

    def install(
        self,
        name: str | None = None,
        *,
        base: str = "sdxl",
        machine: Machine | str | None = None,
        environment: str = "production",
        run_timeout: int | None = None,
    ) -> Deployment:
        """Upload a graph that trains with ComfyUI's own nodes, and deploy it; ``deployment.change`` tells what was done.

        name: by default train-lora- and the base. machine: its ComfyUI is 0.3.75 or newer. run_timeout: in seconds; by
        default what the recipe's steps are expected to take, and half as much again. The same again makes no new version.

        Raises:
            InvalidInput: there is no such graph for this base, or the machine lacks a node; nothing was sent.
            NotFound: there is no such machine.
            FeatureDisabled: the flag training is off.
        """
        return Deployment._of(
            _call(
                self._inner.install(
                    name, base=base, machine=_twin(machine), environment=environment, run_timeout=run_timeout
                )
            )
        )

    def install_plan(
        self,
        name: str | None = None,
        *,
        base: str = "sdxl",
        machine: Machine | str | None = None,
        environment: str = "production",
    ) -> DeploymentChange:
        """Say what ``install`` would do with the same arguments; nothing is sent.

        Raises:
            InvalidInput, NotFound, FeatureDisabled: as ``install`` does.
        """
        return _call(
            self._inner.install_plan(name, base=base, machine=_twin(machine), environment=environment)
        )

    def train(
        self,
        dataset: Dataset,
        *,
        name: str,
        trigger: str,
        base: str = "sdxl",
        deployment: Deployment | str | None = None,
        resize: Resize = "crop",
        seed: int | None = None,
        wait: bool = False,
        on_progress: Callable[[Progress], object] | None = None,
        on_milestone: Callable[[int], object] | None = None,
        **recipe: Any,
    ) -> TrainingJob:
        """Train a model; the same as ``st.train_lora``."""
        return TrainingJob._of(
            _call(
                self._inner.train(
                    dataset,
                    name=name,
                    trigger=trigger,
                    base=base,
                    deployment=_twin(deployment),
                    resize=resize,
                    seed=seed,
                    wait=wait,
                    on_progress=_on_caller(on_progress),
                    on_milestone=_on_caller(on_milestone),
                    **recipe,
                )
            )
        )


class Cook(Reviewed, _Sync):
    """A collection under way, or made: a batch whose rows are its pieces.

    Example:
        >>> from stationthis_sdk import Collection
        >>> small = {"steps": 1, "width": 64, "height": 64}
        >>> dogs = Collection("dogs", "text-to-picture", {"prompt": "a [[Fur]] dog", **small}, {"Fur": ["red", "white"]}, supply=2)
        >>> cook = st.collections.cook(dogs, seed=1)
        >>> _ = cook.accept(1)
        >>> [(piece.number, piece.verdict, piece.state) for piece in cook.pieces()]
        [(1, 'accepted', 'success'), (2, None, 'success')]
    """

    _inner: AsyncCook

    def __repr__(self) -> str:
        return self._inner.__repr__()

    @property
    def name(self) -> str:
        """Its name, and that of its batch."""
        return self._inner.name

    @property
    def collection(self) -> Cookable:
        """What it makes, as it was when it was begun."""
        return self._inner.collection

    @property
    def seed(self) -> int:
        """What its pieces are drawn with."""
        return self._inner.seed

    @property
    def batch(self) -> Batch:
        """The batch that makes its pieces."""
        return Batch._of(self._inner.batch)

    @property
    def state(self) -> str:
        """planned, running, cancelling, paused, done or cancelled: that of its batch."""
        return self._inner.state

    @property
    def why(self) -> str | None:
        """Why it is paused."""
        return self._inner.why

    @property
    def progress(self) -> BatchProgress:
        """How far it is, and what it has cost."""
        return self._inner.progress

    def refresh(self) -> Cook:
        """Look at what this machine knows of it now, and return it.

        Raises:
            NotFound: it is gone.
        """
        return self._own(_call(self._inner.refresh()))

    def wait(self, *, on_progress: Callable[[BatchProgress], object] | None = None) -> Cook:
        """Wait until all pieces are made or it has stopped, and return it; pieces that failed are no error.

        Raises:
            BatchStopped: it stopped before its end; ``why`` says why.
        """
        return self._own(_call(self._inner.wait(on_progress=_on_caller(on_progress))))

    def pause(self) -> Cook:
        """Begin nothing more; what is under way goes on, and ``resume`` waits for it.

        Raises:
            BatchBusy: it is cooked elsewhere, by another process or object: pause it there, or ``stop`` it.
        """
        return self._own(_call(self._inner.pause()))

    def stop(self) -> Cook:
        """Begin nothing more and cancel what is under way, also of another process; what is made is kept.

        Raises:
            BatchBusy: whoever cooks it does not answer.
        """
        return self._own(_call(self._inner.stop()))

    def resume(
        self,
        *,
        concurrency: int | None = None,
        budget: float | None = None,
        max_failures: float | Literal["default"] | None = "default",
        on_change: OnChange = "continue",
        failed: bool = False,
        on_progress: Callable[[BatchProgress], object] | None = None,
        wait: bool = True,
    ) -> Cook:
        """Go on with what is missing; what is not given stays as it was. failed: also with the pieces that failed.

        Pieces that failed before count on, unless they are made again. Those that were rejected or made again stay as they
        are, whatever is asked for.

        Raises:
            FeatureDisabled: the flag ``collections`` is off.
            BatchBusy: somebody cooks it.
            BatchStopped: it stopped before its end.
        """
        return self._own(
            _call(
                self._inner.resume(
                    concurrency=concurrency,
                    budget=budget,
                    max_failures=max_failures,
                    on_change=on_change,
                    failed=failed,
                    on_progress=_on_caller(on_progress),
                    wait=wait,
                )
            )
        )

    def retry_failed(
        self, *, on_progress: Callable[[BatchProgress], object] | None = None, wait: bool = True
    ) -> Cook:
        """Make the pieces again that failed, with the same traits and seeds, and what is missing besides; each costs again.

        Raises:
            BatchBusy: it is at work.
            BatchStopped: it stopped before its end.
        """
        return self._own(_call(self._inner.retry_failed(on_progress=_on_caller(on_progress), wait=wait)))

    def pieces(self) -> Iterator[Piece]:
        """Yield every piece, by number; those that were made again have one for each time, the first one first."""
        yield from _iterate(self._inner.pieces())

    def piece(self, number: int | str) -> Piece:
        """One piece: the latest of a number, or by its key.

        Raises:
            NotFound: there is none.
        """
        return _call(self._inner.piece(number))

    def accept(self, numbers: Numbers) -> Cook:
        """Note on this machine that these pieces are accepted: they are what ``export`` takes. Picking in ``review`` does the same.

        numbers: one or several, by number (the latest made of it), by key as ``"7.2"``, or pieces themselves.

        Raises:
            NotFound: there is no such piece.
            InvalidInput: one of them is not made; nothing was noted.
            SaveFailed: it can't be noted just now.
        """
        return self._own(_call(self._inner.accept(numbers)))

    def reject(self, numbers: Numbers) -> Cook:
        """Note on this machine that these pieces are rejected: ``export`` leaves them out, ``regenerate`` makes them again.

        Raises:
            NotFound: there is no such piece.
            InvalidInput: one of them has not ended yet; nothing was noted.
            SaveFailed: it can't be noted just now.
        """
        return self._own(_call(self._inner.reject(numbers)))

    def judge(self, *, accept: Numbers = (), reject: Numbers = ()) -> Cook:
        """Accept some pieces and reject others at once: all of it is noted, or nothing.

        Raises:
            NotFound, InvalidInput, SaveFailed: see ``accept`` and ``reject``; InvalidInput also for a piece that is in both.
        """
        return self._own(_call(self._inner.judge(accept=accept, reject=reject)))

    def regenerate(
        self,
        numbers: Numbers | None = None,
        *,
        new_traits: bool = False,
        changes: Mapping[str, Any] | None = None,
        on_progress: Callable[[BatchProgress], object] | None = None,
        wait: bool = True,
        **inputs: Any,
    ) -> Cook:
        """Make pieces again, by default all that are rejected: with the same traits and a new seed; each costs again.

        What was made before stays, as ``parent`` of the new piece, and is rejected. A number of which any piece is accepted
        is made again only when it is named. new_traits: another combination, that no piece has. changes, inputs: inputs of
        the collection with other values, which may have ``[[Trait]]`` places; ``changes`` is for those that are called
        like something else here. All of it is drawn from the cook's seed: the same steps give the same pieces.

        Where a call was interrupted, the same call goes on with what it has begun, and nothing is made twice.

        Raises:
            FeatureDisabled: the flag ``collections`` is off.
            NotFound: there is no such piece.
            InvalidInput: a piece is not made yet; nothing would be different; a change names no input; or no other
                combination is left.
            BatchBusy, BatchStopped: see ``resume``.
        """
        return self._own(
            _call(
                self._inner.regenerate(
                    numbers,
                    new_traits=new_traits,
                    changes=changes,
                    on_progress=_on_caller(on_progress),
                    wait=wait,
                    **inputs,
                )
            )
        )

    def rarity(self) -> pd.DataFrame:
        """How often each trait came: category, trait, weight, count, share and the numbers of the pieces that have it.

        Counted are the latest pieces of all numbers, whether they are made yet or not.

        Raises:
            MissingExtra: pandas is not installed.
        """
        return _call(self._inner.rarity())

    def to_frame(self) -> pd.DataFrame:
        """Its pieces as a pandas frame, one row each: traits, state, verdict, what made it, cost, and the picture.

        Raises:
            MissingExtra: pandas is not installed.
        """
        return _call(self._inner.to_frame())

    def export(
        self,
        path: str | Path,
        *,
        only: Literal["accepted", "all"] = "accepted",
        shuffle_seed: int | None = None,
        output: str | None = None,
        missing: Literal["refuse", "skip"] = "refuse",
        on_file: Callable[[int, int], object] | None = None,
    ) -> Export:
        """Write its pieces as a ZIP: images/001.png, metadata/001.json, collection.json, manifest.json with hashes.

        only: what was accepted, or all that was made and not rejected. shuffle_seed: in another order than by number,
        always the same for the same seed. output: the workflow's own name for the picture, else the first one. missing:
        what to do when pieces have no picture, or it can't be fetched in three tries: refuse and tell, or leave them out.
        on_file: told how many of how many pictures are there.

        Pictures are the bytes that the service made; the same pieces give the same file, byte for byte. They are kept
        beside the target until that is whole: after a crash the same call fetches only what is not there yet.

        Raises:
            FeatureDisabled: the flag ``collections`` is off.
            InvalidInput: no .zip, no such output, or nothing to export: accept something, or only="all".
            DownloadFailed: pictures are missing; the message tells which.
            SaveFailed: it can't be written, or another export writes it.
        """
        return _call(
            self._inner.export(
                path,
                only=only,
                shuffle_seed=shuffle_seed,
                output=output,
                missing=missing,
                on_file=_on_caller(on_file),
            )
        )


class Collections(_Sync):
    """Collections: validated against the live deployment, cooked, taken up again."""

    _inner: AsyncCollections

    def __repr__(self) -> str:
        return self._inner.__repr__()

    def validate(self, collection: Cookable) -> Report:
        """Everything that is wrong with a collection, at once: in itself, and for the workflow that is deployed now.

        Nothing is run. ``raise_if_bad()`` of the report refuses what can't be cooked; its issues have codes.

        Raises:
            FeatureDisabled: the flag ``collections`` is off.

        Example:
            >>> from stationthis_sdk import Collection
            >>> foxes = Collection("foxes", "text-to-picture", {"promt": "a [[Fur]] fox"}, {"Fur": ["red"]}, supply=2)
            >>> [issue.code for issue in st.collections.validate(foxes)]
            ['supply-beyond', 'unknown-input']
        """
        return _call(self._inner.validate(collection))

    def estimate(self, collection: Cookable, *, seed: int = 0, name: str | None = None) -> BatchEstimate:
        """Say how many pieces ``cook`` would make, what that costs and how long it takes; nothing is sent.

        Raises:
            InvalidInput: ``problems`` lists what is wrong with the collection; or another one has this name.

        Example:
            >>> from stationthis_sdk import Collection
            >>> hares = Collection("hares", "text-to-picture", {"prompt": "a [[Fur]] hare"}, {"Fur": ["red", "white"]}, supply=2)
            >>> st.collections.estimate(hares).missing
            2
        """
        return _call(self._inner.estimate(collection, seed=seed, name=name))

    def cook(
        self,
        collection: Cookable,
        *,
        seed: int | None = None,
        name: str | None = None,
        concurrency: int | None = None,
        budget: float | None = None,
        max_failures: float | Literal["default"] | None = "default",
        out: str | Path | None = None,
        on_change: OnChange = "continue",
        without_rate: bool = False,
        on_progress: Callable[[BatchProgress], object] | None = None,
        wait: bool = True,
    ) -> Cook:
        """Make the pieces of a collection, and return the cook; the same call again makes only what is missing.

        seed: the same gives the same traits and seeds; without one it is drawn, and kept. name: of the cook and its batch,
        else the collection's. A larger supply later adds pieces to those that are there. concurrency: runs under way at
        once, else three, or two where each piece has a picture of its own. budget: US dollars that all of it may cost, restarts included; as it was, unless given. max_failures: how
        many pieces may fail before it stops, a count or below 1 a share; by default a tenth, at least 10. on_change: when
        another version was deployed meanwhile, pieces that are made keep theirs and the next are of the new one; "stop"
        refuses, "rerun" makes all anew. out, without_rate, on_progress, wait: see ``Deployment.map``.

        Raises:
            InvalidInput: the collection is bad, ``problems`` lists everything; or another one has this name. Nothing was sent.
            FeatureDisabled: the flag ``collections`` is off.
            BatchBusy: somebody else cooks it.
            BatchStopped: it stopped before its end, ``why`` says why and the message what it cost: the same call goes on.

        Example:
            >>> from stationthis_sdk import Collection
            >>> small = {"steps": 1, "width": 64, "height": 64}
            >>> cats = Collection("cats", "text-to-picture", {"prompt": "a [[Fur]] cat", **small}, {"Fur": ["red", "white"]}, supply=2)
            >>> cook = st.collections.cook(cats, seed=1)
            >>> cook.progress.succeeded, [piece.traits["Fur"] for piece in cook.pieces()]
            (2, ['red', 'white'])
        """
        return Cook._of(
            _call(
                self._inner.cook(
                    collection,
                    seed=seed,
                    name=name,
                    concurrency=concurrency,
                    budget=budget,
                    max_failures=max_failures,
                    out=out,
                    on_change=on_change,
                    without_rate=without_rate,
                    on_progress=_on_caller(on_progress),
                    wait=wait,
                )
            )
        )

    def get(self, name: str) -> Cook:
        """The cook of this name, with all that is known of it; ``resume()`` goes on with it.

        Raises:
            FeatureDisabled: the flag ``collections`` is off.
            NotFound: there is none of this name; ``suggestions`` are similar ones.

        Example:
            >>> from stationthis_sdk import Collection
            >>> small = {"steps": 1, "width": 64, "height": 64}
            >>> owls = Collection("owls", "text-to-picture", {"prompt": "a [[Fur]] owl", **small}, {"Fur": ["red"]}, supply=1)
            >>> cook = st.collections.cook(owls, seed=1)
            >>> st.collections.get("owls").progress.succeeded
            1
        """
        return Cook._of(_call(self._inner.get(name)))

    def list(self) -> Listing[Cook]:
        """List the cooks of this machine, the one that something happened to last first.

        Raises:
            FeatureDisabled: the flag ``collections`` is off.
        """
        return _call(self._inner.list())._map(Cook._of)


class StationThis(_Sync):
    """ComfyUI Deploy: workflows, deployments, runs, machines, models and files of one account.

    api_key: else ``STATIONTHIS_API_KEY``, ``COMFY_DEPLOY_API_KEY``, else the profile. base_url: else
    ``STATIONTHIS_BASE_URL``, else the profile, else the cloud. profile: a name in the profiles file. local: run on
    this machine, without a key: joins the gateway of the data folder or starts it. timeouts: limits by phase.
    flags: what is switched on and off, see ``Flags``. home: the folder of everything on disk, else ``STATIONTHIS_HOME``.
    http_client: an httpx client of your own (proxies, certificates), which stays yours to close. rates: GPU to US
    dollars a second, for what the service's price list does not say, else the profile's. monthly_cap: US dollars that
    runs started here may cost in a month, else ``STATIONTHIS_MONTHLY_CAP``, else the profile's; ``CapReached`` then.
    words: more names of inputs for the common words of ``make_image``, ``{"cfg": "how_strict"}``, before the profile's.

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

    _inner: AsyncStationThis

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        profile: str | None = None,
        *,
        local: bool = False,
        timeouts: Timeouts | None = None,
        flags: Flags | Mapping[str, bool] | None = None,
        home: str | os.PathLike[str] | None = None,
        http_client: HttpClient | None = None,
        rates: Mapping[str, float] | None = None,
        monthly_cap: float | None = None,
        words: Mapping[str, str | Sequence[str]] | None = None,
    ) -> None:
        from stationthis_sdk import portal  # noqa: PLC0415 - the loop is loaded when it is needed
        from stationthis_sdk.client import AsyncStationThis  # noqa: PLC0415 - loaded with the first one made

        portal.watch_signals()
        self._inner = AsyncStationThis(
            api_key,
            base_url,
            profile,
            local=local,
            timeouts=timeouts,
            flags=flags,
            home=home,
            http_client=http_client,
            rates=rates,
            monthly_cap=monthly_cap,
            words=words,
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
    def batches(self) -> Batches:
        """Batches of this machine: list them, go on with them."""
        return Batches._of(self._inner.batches)

    @property
    def preferences(self) -> Preferences:
        """What inputs are where a call does not say: for ``make_image``, and for each user of a bot."""
        return Preferences._of(self._inner.preferences)

    @property
    def trainings(self) -> Trainings:
        """Trainings begun on this machine: found again by their run's id."""
        return Trainings._of(self._inner.trainings)

    @property
    def collections(self) -> Collections:
        """Collections: validated, cooked, taken up again."""
        return Collections._of(self._inner.collections)

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
    def account(self) -> Account:
        """The account: settings, keys, prices."""
        return Account._of(self._inner.account)

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
            >>> deployments = st.deployments.list(refresh=True)
            >>> st.last_requests[-1].status
            200
        """
        return self._inner.last_requests

    def make_image(
        self,
        prompt: str | None = None,
        workflow: Deployment | Chain | str | None = None,
        fallback: Sequence[Deployment | Chain | str] | Deployment | Chain | str = (),
        *,
        n: int = 1,
        user: str | None = None,
        wait: bool = True,
        retry: int | Mapping[str, int] = 0,
        after_a_run: bool = False,
        timeout: float | None = None,
        tags: Collection[str] | str = (),
        environment: str | None = None,
        on_progress: Callable[[Progress], object] | None = None,
        **words: Any,
    ) -> Generation:
        """Make images of a few words, whatever the deployment calls its inputs; wait for them and return what came of it.

        workflow: a deployment, its name, or ``chain(a, b)``; else the one that ``user`` or whoever has the key prefers,
        ``STATIONTHIS_WORKFLOW``, the profile's, one called standard, the first that makes pictures of such words.
        words: negative, width, height, steps, cfg, sampler, scheduler, seed, strength, image, mask, video, checkpoint,
        lora, batch; and inputs by their own names, which pass as they are. A picture is whatever an input takes, and
        a run or a generation: what that made. Words without an input are told in ``left_out``. What the call does not
        say is the user's preference, else the workflow's default. ``<lora:name:0.8>`` in the prompt names a LoRA of the
        account, as does the word a training gave it.

        n: how many, with seeds counted up from ``seed``, or one each from a list. fallback: tried in their order while
        no run was started, when a deployment is missing, refuses, or its machine is not ready; with ``after_a_run``
        also when a run ended badly. retry: how often a run that ended as cancelled or timeout is made again, or
        ``{"failed": 1}`` by how it ended; each costs. timeout: seconds for each run; it goes on afterwards. wait: False
        returns as soon as the first step is started. tags: kept with each run. on_progress: told how far all of it is.

        Raises:
            InvalidInput: ``problems`` lists all that can't be meant; nothing was sent.
            NotFound, AmbiguousName: no such deployment, or several.
            RunFailed, RunCancelled, RunTimedOut, TimedOut, AmbiguousSubmit: the gravest of what did not end well. Every
                error has the product's ``code``, and once a deployment was looked for ``generation`` with what was made:
                its ``resume()`` goes on, its ``errors`` are all there were. Where some of n were made and no run can be
                under way, the code is success: nobody pays back for all.
            SaveFailed: preferences can't be read, or the submit can't be written down; nothing was sent.

        Example:
            >>> made = st.make_image("a fox in the snow", "text-to-picture", seed=7, width=64, height=64, steps=1)
            >>> made.code, made.outputs[0].kind, made.seeds
            ('success', 'image', [7])
            >>> from stationthis_sdk import chain
            >>> drawn_twice = chain("text-to-picture", ("picture-to-picture", {"strength": 0.3, "steps": 1}))
            >>> made = st.make_image("a fox", drawn_twice, width=64, height=64, steps=1)
            >>> [run.record.deployment_name for run in made.all_runs]
            ['text-to-picture', 'picture-to-picture']
        """
        return Generation._of(
            _call(
                self._inner.make_image(
                    prompt,
                    _twin(workflow),
                    _twin(fallback),
                    n=n,
                    user=user,
                    wait=wait,
                    retry=retry,
                    after_a_run=after_a_run,
                    timeout=timeout,
                    tags=tags,
                    environment=environment,
                    on_progress=_on_caller(on_progress),
                    **words,
                )
            )
        )

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

    def train_lora(
        self,
        dataset: Dataset,
        *,
        name: str,
        trigger: str,
        base: str = "sdxl",
        deployment: Deployment | str | None = None,
        resize: Resize = "crop",
        seed: int | None = None,
        wait: bool = False,
        on_progress: Callable[[Progress], object] | None = None,
        on_milestone: Callable[[int], object] | None = None,
        **recipe: Any,
    ) -> TrainingJob:
        """Train a LoRA of these pictures, and return the training at once: ``follow()`` it, or ``wait()`` for hours.

        dataset: ``Dataset.from_folder(…)``, ``from_frame``, ``from_urls``. name: what the LoRA is to be called, a plain
        name as my-cat. trigger: the word that calls it in prompts; pictures without a caption get it for one. base: sdxl,
        flux, kontext or sd15: the recipe, whose steps, learning_rate, rank, alpha, dropout, batch_size, resolution,
        scheduler, optimizer and checkpoint_every are as ``**recipe`` says otherwise; other inputs of the deployment by
        their own names. deployment: what trains, train-lora or lora-training if nobody says. resize: crop makes squares
        of the middle, fit keeps all of a picture. wait: until it has ended; the callbacks are those of ``TrainingJob.wait``.

        Everything is checked before anything is uploaded; only inputs that the deployment has are sent, ``left_out``
        tells the others. Errors carry the product's ``code``.

        Raises:
            InvalidInput: ``problems`` has all that is wrong with dataset, recipe, name and deployment; nothing was sent.
            NotFound: no deployment trains; nothing was sent.
            FeatureDisabled: the flag training or uploads is off; nothing was sent.
            MissingExtra: Pillow or imagehash is not installed.
            AmbiguousSubmit: the service's answer was lost; the run may exist.
        """
        return TrainingJob._of(
            _call(
                self._inner.train_lora(
                    dataset,
                    name=name,
                    trigger=trigger,
                    base=base,
                    deployment=_twin(deployment),
                    resize=resize,
                    seed=seed,
                    wait=wait,
                    on_progress=_on_caller(on_progress),
                    on_milestone=_on_caller(on_milestone),
                    **recipe,
                )
            )
        )

    def reconcile(self, *, wait: bool = True) -> builtins.list[Settled]:
        """Settle what is open in the ledger of this machine: submits without an answer, cancels that were refused.

        Each submit is looked for among the service's runs; nothing is submitted. wait: until "not there" is certain,
        a minute and a half after the request was given up; else what is not certain yet is told as open.

        Example:
            >>> st.reconcile()
            []
        """
        return _call(self._inner.reconcile(wait=wait))

    def costs(
        self,
        since: Moment | None = None,
        until: Moment | None = None,
        by: Sequence[str] | str = ("day", "deployment"),
        *,
        billed: bool = False,
    ) -> CostReport:
        """Sum up what runs started from this machine cost, in US dollars, from its ledger.

        since, until: a date, a time, a text as 2026-11-01 or 7d, or a timedelta (so long ago); a date as ``until`` counts
        whole. Without ``since`` from the first of this month on. Times without a zone, days and months are UTC's. by: day,
        month, deployment, tag, gpu, state, batch, machine; a run counts once, with several tags as one. billed: also what
        machines were billed for, cold starts and warm time included, from the service's events: (end - start) times the
        rate. It tells of the last day; what was asked is kept, so ask once a day. Runs of unknown cost are counted apart.

        Raises:
            InvalidInput: no such time, or nothing that costs are told by; ``problems`` has all faults.

        Example:
            >>> run = portrait(prompt="a harbour", seed=3, steps=1, width=64, height=64)
            >>> report = st.costs(by="deployment")
            >>> report.total.runs >= 1, report.total.estimated
            (True, 0.0)
        """
        return _call(self._inner.costs(since, until, by, billed=billed))

    def close(self) -> None:
        """Close the connections, and leave the local gateway; connections of other loops end with them."""
        _call(self._inner.close())


class Receiver(_Sync):
    """Receives the webhooks of one account, and tells of its runs: of each end once.

    on_final: called with the run when it has ended, by the service's own word: a webhook only leads to a look at the
    run. on_progress: called with the run when it has got further; not repeated, and not for what came too late.
    tag: tell also of runs of this machine that were submitted with this tag, webhook or not. rate: how many webhooks a
    second are taken; ten times as many at once.

    A webhook is written into the ledger before it is answered, and an end is called back until on_final has returned,
    also after a restart; one that raises is called again, later each time, eight times and at the next start. So
    on_final is called once for each run, unless it raises or its process dies while it is at work: then again. What
    it must not do twice (charging somebody) is to be keyed by ``run.id``. Several processes may receive for one account with
    one data folder: one of them calls. Runs submitted from here with an address of ``url_for`` are asked about when
    no webhook comes. ``undelivered`` lists what is still to be told.

    The work is done by ``work`` or ``serve``, or by ``resume`` now and then; callbacks of the plain class run on the
    thread that called these. The asynchronous class may be entered instead, and works as long as the block lasts.

    Raises:
        FeatureDisabled: the flag ``webhooks`` is off.

    Example:
        >>> from stationthis_sdk.webhooks import Receiver
        >>> receiver = Receiver(st, on_final=lambda run: print(run.id, run.state))
        >>> url = receiver.url_for("http://127.0.0.1:8788/hook")
        >>> receiver.handle(b"no JSON", url).status, receiver.handle(b"{}", "somebody's guess").status
        (400, 401)
    """

    _inner: AsyncReceiver

    def __init__(
        self,
        st: StationThis,
        *,
        on_final: Callable[[Run], object] | None = None,
        on_progress: Callable[[Run], object] | None = None,
        tag: str | None = None,
        rate: float = 500.0,
    ) -> None:
        from stationthis_sdk import portal  # noqa: PLC0415 - the loop is loaded when it is needed
        from stationthis_sdk.webhooks.receiver import AsyncReceiver  # noqa: PLC0415 - loaded with the first one made

        portal.watch_signals()
        self._inner = AsyncReceiver(
            _twin(st),
            on_final=_on_caller(_of_runs(on_final)),
            on_progress=_on_caller(_of_runs(on_progress)),
            tag=tag,
            rate=rate,
        )

    def __repr__(self) -> str:
        return self._inner.__repr__()

    def url_for(self, base: str, *, progress: bool = False) -> str:
        """The address to give as ``options(webhook=…)``: see ``webhooks.url_for``.

        Raises:
            InvalidInput: the service can't call ``base``.

        Example:
            >>> from stationthis_sdk.webhooks import Receiver
            >>> Receiver(st).url_for("http://127.0.0.1:8788/hook").partition("=")[0]
            'http://127.0.0.1:8788/hook?stationthis_token'
        """
        return _call(self._inner.url_for(base, progress=progress))

    def handle(self, body: builtins.bytes, address: str) -> Answer:
        """Take one webhook: its body, and the URL it came to, or its path and query, or the token alone.

        Answers 200 once it is written down (``status`` is ok, or duplicate when its end was told of already), 400 to what
        is no webhook, 401 to a wrong token, 413 to more than 1 MiB, 429 when there are too many, 503 when it can't be
        written down just now, or whoever works here was cancelled; only 200 keeps anything.

        Example:
            >>> from stationthis_sdk.webhooks import Receiver
            >>> receiver = Receiver(st)
            >>> url = receiver.url_for("http://127.0.0.1:8788/hook")
            >>> receiver.handle(b'{"run_id": "5ea8723e-4701-4d69-8604-8932801f2083", "status": "queued"}', url)
            Answer(status=200, body={'status': 'ok'})
        """
        return _call(self._inner.handle(body, address))

    def work(self) -> None:
        """Tell of runs until cancelled (Ctrl-C, in the plain class), first of what a process before has left.

        Raises:
            InvalidInput: it is at work already.
        """
        _call(self._inner.work())

    def stop(self) -> None:
        """Have ``work`` or ``serve`` end, once the callbacks under way have; from a callback, or elsewhere."""
        _call(self._inner.stop())

    def resume(self) -> int:
        """Look once at every run whose end nobody was told of, call back for those that have ended, return how many.

        ``work`` begins with it; a job that runs now and then may do with this alone.

        Raises:
            SaveFailed: the ledger can't be used just now.

        Example:
            >>> from stationthis_sdk.webhooks import Receiver
            >>> Receiver(st, on_final=print).resume()
            0
        """
        return _call(self._inner.resume())

    def undelivered(self) -> builtins.list[Undelivered]:
        """The runs whose end on_final was not called back about yet, oldest first; nothing is asked or called.

        Read from the ledger of this machine: after a crash, what the process before has left. Those of which it is not
        known here that they have ended are among them: ``ended`` tells. ``resume`` looks at all and calls back.

        Raises:
            SaveFailed: the ledger can't be used just now.

        Example:
            >>> from stationthis_sdk.webhooks import Receiver
            >>> receiver = Receiver(st, on_final=print, tag="for-the-bot")
            >>> run = portrait.options(tags="for-the-bot")(prompt="a fox", steps=1, width=64, height=64)
            >>> left = {one.run_id: one for one in receiver.undelivered()}
            >>> left[run.id].state, left[run.id].attempts
            ('success', 0)
        """
        return _call(self._inner.undelivered())

    def serve(
        self, host: str = "127.0.0.1", port: int = 8788, *, on_ready: Callable[[str], object] | None = None
    ) -> None:
        """Serve at every path of ``http://host:port``, and work, until cancelled (Ctrl-C, in the plain class).

        The service must reach it: through a tunnel or a proxy with HTTPS. port: 0 for a free one. on_ready: called
        with the address when it listens.

        Raises:
            ConfigError: it can't listen there.
        """
        _call(self._inner.serve(host, port, on_ready=_on_caller(on_ready)))


_OWN: Final[Mapping[str, type[_Sync]]] = {
    "AsyncRun": Run,
    "AsyncBatch": Batch,
    "AsyncGeneration": Generation,
}
