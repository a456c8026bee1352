"""The client: settings in, resources out."""

import asyncio
import os
import weakref
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from stationthis_sdk.config import Settings, load_making, load_money, load_settings
from stationthis_sdk.entities import Timeouts
from stationthis_sdk.errors import ConfigError, Exchange, MissingExtra
from stationthis_sdk.flags import Flags, load_flags
from stationthis_sdk.logs import remember, switch_on
from stationthis_sdk.places import data_folder
from stationthis_sdk.secret import Secret
from stationthis_sdk.shown import Shown

if TYPE_CHECKING:
    from stationthis_sdk.account import AsyncAccount
    from stationthis_sdk.api.connect import HttpClient
    from stationthis_sdk.batch_lists import AsyncBatches
    from stationthis_sdk.cache import AsyncCache
    from stationthis_sdk.deployment import AsyncDeployment
    from stationthis_sdk.deployments import AsyncDeployments
    from stationthis_sdk.files import AsyncFiles
    from stationthis_sdk.local.launch import Lease
    from stationthis_sdk.machines import AsyncMachines
    from stationthis_sdk.models import AsyncModels
    from stationthis_sdk.money.moments import Moment
    from stationthis_sdk.money.report import CostReport
    from stationthis_sdk.recipes.collections.cooks import AsyncCollections
    from stationthis_sdk.recipes.images.chains import Chain
    from stationthis_sdk.recipes.images.generation import AsyncGeneration
    from stationthis_sdk.recipes.images.preferences import AsyncPreferences
    from stationthis_sdk.recipes.training.dataset import Dataset
    from stationthis_sdk.recipes.training.job import AsyncTrainingJob, OnMilestone
    from stationthis_sdk.recipes.training.pictures import Resize
    from stationthis_sdk.recipes.training.trainings import AsyncTrainings
    from stationthis_sdk.resources import Resources
    from stationthis_sdk.run_lists import AsyncRuns
    from stationthis_sdk.runs import OnProgress
    from stationthis_sdk.sessions import AsyncSessions
    from stationthis_sdk.settling import Settled
    from stationthis_sdk.ui import Links
    from stationthis_sdk.workflows import AsyncWorkflows

__all__ = ["AsyncStationThis"]


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class AsyncStationThis(Shown):
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
        >>> async with AsyncStationThis(local=True) as st:
        ...     portrait = await st.deployments.get("text-to-picture")
        ...     run = await portrait(prompt="a lighthouse at dusk", seed=7, steps=2)
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
        home: str | os.PathLike[str] | None = None,
        http_client: "HttpClient | None" = None,
        rates: Mapping[str, float] | None = None,
        monthly_cap: float | None = None,
        words: Mapping[str, str | Sequence[str]] | None = None,
    ) -> None:
        switch_on()
        self._home = Path(home).expanduser() if home is not None else None
        self._timeouts = timeouts or Timeouts()
        self._flags = flags
        self._http_client = http_client
        self._money = (rates, monthly_cap)
        self._words = words
        self._lease: Lease | None = None
        self._resources: Resources | None = None
        if not local:
            self._settle(
                load_settings(
                    api_key,
                    base_url,
                    profile,
                    flags=flags,
                    home=self._home,
                    rates=rates,
                    monthly_cap=monthly_cap,
                    words=words,
                )
            )
        elif api_key or base_url or profile:
            raise ConfigError(
                "local=True has its own key and address: leave api_key, base_url and profile out."
            )
        elif not _in_a_loop():
            self._settle(self._join())

    def _join(self) -> Settings:
        """Join the gateway of the data folder, or start it: up to seconds, so never on a running loop."""
        from stationthis_sdk.local.folder import GatewayError, check_images  # noqa: PLC0415
        from stationthis_sdk.local.launch import join  # noqa: PLC0415 - likewise

        try:
            check_images()
        except GatewayError as error:
            raise MissingExtra(str(error)) from None
        try:
            self._lease = join((self._home or data_folder()) / "local")
        except GatewayError as error:
            raise ConfigError(f"The local gateway can't be used: {error}") from None
        weakref.finalize(self, self._lease.close)
        return Settings(
            Secret(self._lease.key),
            self._lease.base_url,
            "local",
            "the gateway on this machine",
            load_flags(self._flags),
            home=self._home,
            **load_money(*self._money),
            **load_making(self._words),
        )

    def _settle(self, settings: Settings) -> "Resources":
        from stationthis_sdk.api.connect import connect  # noqa: PLC0415 - HTTP is loaded with the first client
        from stationthis_sdk.context import Context  # noqa: PLC0415 - likewise
        from stationthis_sdk.resources import Resources  # noqa: PLC0415 - likewise
        from stationthis_sdk.store.catalogue import Catalogue  # noqa: PLC0415 - likewise

        remember(settings.api_key.reveal())
        flags = settings.flags
        kept = settings.home / "cache" if flags.cache and flags.comfy_deploy else None
        catalogue = Catalogue(kept, (settings.base_url, settings.account))
        service = connect(settings, self._timeouts, self._http_client)
        service.edge.wrote = catalogue.forget
        self._resources = Resources(Context(settings, service, self._timeouts, catalogue))
        return self._resources

    @property
    def _ready(self) -> "Resources":
        # Without `async with`, a local client made on a running loop joins here, and holds the loop up once.
        return self._resources or self._settle(self._join())

    def __repr__(self) -> str:
        return f"<StationThis {self.base_url} (key from {self.settings.source})>"

    async def __aenter__(self) -> Self:
        if self._resources is None:
            self._settle(await asyncio.to_thread(self._join))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def workflows(self) -> "AsyncWorkflows":
        """Workflows: list them, get one by name, upload."""
        return self._ready.workflows

    @property
    def deployments(self) -> "AsyncDeployments":
        """Deployments: list them, get one by name."""
        return self._ready.deployments

    @property
    def runs(self) -> "AsyncRuns":
        """Runs by id and from saved files."""
        return self._ready.runs

    @property
    def batches(self) -> "AsyncBatches":
        """Batches of this machine: list them, go on with them."""
        return self._ready.batches

    @property
    def preferences(self) -> "AsyncPreferences":
        """What inputs are where a call does not say: for ``make_image``, and for each user of a bot."""
        return self._ready.preferences

    @property
    def trainings(self) -> "AsyncTrainings":
        """Trainings begun on this machine: found again by their run's id."""
        return self._ready.trainings

    @property
    def collections(self) -> "AsyncCollections":
        """Collections: validated, cooked, taken up again."""
        return self._ready.collections

    @property
    def files(self) -> "AsyncFiles":
        """Uploads by hand."""
        return self._ready.files

    @property
    def machines(self) -> "AsyncMachines":
        """Machines of the account."""
        return self._ready.machines

    @property
    def models(self) -> "AsyncModels":
        """Models: search, list, fetch, upload."""
        return self._ready.models

    @property
    def sessions(self) -> "AsyncSessions":
        """Interactive ComfyUI sessions."""
        return self._ready.sessions

    @property
    def account(self) -> "AsyncAccount":
        """The account: settings, keys, prices."""
        return self._ready.account

    @property
    def cache(self) -> "AsyncCache":
        """The copies of answers on this machine."""
        return self._ready.cache

    @property
    def ui(self) -> "Links":
        """Links to the service's own pages."""
        return self._ready.ui

    @property
    def base_url(self) -> str:
        """Where requests go."""
        return self._ready.context.settings.base_url

    @property
    def settings(self) -> Settings:
        """What the client works with; the key in it does not show."""
        return self._ready.context.settings

    @property
    def last_requests(self) -> tuple[Exchange, ...]:
        """The last fifty requests, oldest first, safe to paste into a bug report.

        Example:
            >>> deployments = await st.deployments.list(refresh=True)
            >>> st.last_requests[-1].status
            200
        """
        return tuple(self._ready.context.service.edge.exchanges)

    async def make_image(
        self,
        prompt: str | None = None,
        workflow: "AsyncDeployment | Chain | str | None" = None,
        fallback: "Sequence[AsyncDeployment | Chain | str] | AsyncDeployment | Chain | str" = (),
        *,
        n: int = 1,
        user: str | None = None,
        wait: bool = True,
        retry: int | Mapping[str, int] = 0,
        after_a_run: bool = False,
        timeout: float | None = None,  # noqa: ASYNC109 - it names the phase that ran out
        tags: Collection[str] | str = (),
        environment: str | None = None,
        on_progress: "OnProgress | None" = None,
        **words: Any,
    ) -> "AsyncGeneration":
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
            >>> made = await st.make_image("a fox in the snow", "text-to-picture", seed=7, width=64, height=64, steps=1)
            >>> made.code, made.outputs[0].kind, made.seeds
            ('success', 'image', [7])
            >>> from stationthis_sdk import chain
            >>> drawn_twice = chain("text-to-picture", ("picture-to-picture", {"strength": 0.3, "steps": 1}))
            >>> made = await st.make_image("a fox", drawn_twice, width=64, height=64, steps=1)
            >>> [run.record.deployment_name for run in made.all_runs]
            ['text-to-picture', 'picture-to-picture']
        """
        from stationthis_sdk.recipes.images.generation import make  # noqa: PLC0415 - many never need it

        return await make(
            self._ready.context,
            prompt,
            workflow,
            fallback,
            words,
            n=n,
            user=user,
            wait=wait,
            retry=retry,
            after_a_run=after_a_run,
            timeout=timeout,
            tags=tags,
            environment=environment,
            on_progress=on_progress,
        )

    async def request(
        self, method: str, path: str, *, json: Any = None, params: Mapping[str, Any] | None = None
    ) -> Any:
        """Call any endpoint of the API, also one that nothing here wraps; the answer is plain JSON.

        ``path`` comes after the base URL. In ``params`` None is left out, a list is repeated. GETs are tried again
        as all reads are, everything else only while no connection was made. None is the answer of an empty body.

        Raises:
            InvalidInput: no plain path, or one that starts a run: ``submit`` does that, so that none is lost.
            StationThisError: what the service made of it, as everywhere.

        Example:
            >>> machines = await st.request("GET", "/machines", params={"limit": 1})
            >>> [machine["status"] for machine in machines]
            ['ready']
        """
        return await self._ready.context.service.edge.ask(method, path, json=json, params=params)

    async def train_lora(
        self,
        dataset: "Dataset",
        *,
        name: str,
        trigger: str,
        base: str = "sdxl",
        deployment: "AsyncDeployment | str | None" = None,
        resize: "Resize" = "crop",
        seed: int | None = None,
        wait: bool = False,
        on_progress: "OnProgress | None" = None,
        on_milestone: "OnMilestone | None" = None,
        **recipe: Any,
    ) -> "AsyncTrainingJob":
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
        return await self.trainings.train(
            dataset,
            name=name,
            trigger=trigger,
            base=base,
            deployment=deployment,
            resize=resize,
            seed=seed,
            wait=wait,
            on_progress=on_progress,
            on_milestone=on_milestone,
            **recipe,
        )

    async def reconcile(self, *, wait: bool = True) -> "list[Settled]":
        """Settle what is open in the ledger of this machine: submits without an answer, cancels that were refused.

        Each submit is looked for among the service's runs; nothing is submitted. wait: until "not there" is certain,
        a minute and a half after the request was given up; else what is not certain yet is told as open.

        Example:
            >>> await st.reconcile()
            []
        """
        from stationthis_sdk.settling import reconcile  # noqa: PLC0415 - hardly ever needed

        return await reconcile(self._ready.context, wait=wait)

    async def costs(
        self,
        since: "Moment | None" = None,
        until: "Moment | None" = None,
        by: Sequence[str] | str = ("day", "deployment"),
        *,
        billed: bool = False,
    ) -> "CostReport":
        """Sum up what runs started from this machine cost, in US dollars, from its ledger.

        since, until: a date, a time, a text as 2026-11-01 or 7d, or a timedelta (so long ago); a date as ``until`` counts
        whole. Without ``since`` from the first of this month on. Times without a zone, days and months are UTC's. by: day,
        month, deployment, tag, gpu, state, batch, machine; a run counts once, with several tags as one. billed: also what
        machines were billed for, cold starts and warm time included, from the service's events: (end - start) times the
        rate. It tells of the last day; what was asked is kept, so ask once a day. Runs of unknown cost are counted apart.

        Raises:
            InvalidInput: no such time, or nothing that costs are told by; ``problems`` has all faults.

        Example:
            >>> run = await portrait(prompt="a harbour", seed=3, steps=1, width=64, height=64)
            >>> report = await st.costs(by="deployment")
            >>> report.total.runs >= 1, report.total.estimated
            (True, 0.0)
        """
        from stationthis_sdk.money.report import report_of  # noqa: PLC0415 - likewise

        return await report_of(self._ready.context, since, until, by, billed=billed)

    async def close(self) -> None:
        """Close the connections, and leave the local gateway; connections of other loops end with them."""
        if self._resources is not None:
            await self._resources.context.aclose()
        if self._lease is not None:
            self._lease.close()
            self._lease = self._resources = None  # used again, it joins again

    def __reduce__(self) -> Any:
        raise TypeError("a client is not pickled: make one where it is needed")
