"""The commands of a bot: those that all have, and one for each deployment; kept while nobody can be asked."""

import asyncio
from collections import ChainMap, defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import attrs

from stationthis_sdk.bots.commands.command import Command
from stationthis_sdk.bots.commands.fixed import FIXED
from stationthis_sdk.bots.commands.names import LONGEST, suffixed, unique_names
from stationthis_sdk.bots.commands.options import Bounds, cut, options_of
from stationthis_sdk.entities.deployments import ENVIRONMENTS
from stationthis_sdk.errors import StationThisError
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.logs import logger
from stationthis_sdk.names import loosely
from stationthis_sdk.shown import Shown

if TYPE_CHECKING:
    from stationthis_sdk.client import AsyncStationThis
    from stationthis_sdk.deployment import AsyncDeployment

__all__ = ["MENUS", "Catalogue", "menu_name", "takes_one_picture"]

MENUS: Final = 5
"""Menus on a message that Discord takes of one bot."""
_FIXED: Final = {one.name: one for one in FIXED}


class Catalogue(Shown):
    """The commands of one bot on one platform. Before the first ``refresh`` they are those that every bot has.

    ``limits`` are the platform's, from ``stationthis_sdk.bots.render.limits``.
    """

    def __init__(self, st: "AsyncStationThis", limits: Bounds) -> None:
        self._st = st
        self._limits = limits
        self._known = False
        self._commands: tuple[Command, ...] = FIXED
        self._by_name: dict[str, Command] = dict(_FIXED)
        self._deployments: tuple[Command, ...] = ()
        self._loosely: dict[str, list[Command]] = {}
        self._refreshing = asyncio.Lock()

    def __repr__(self) -> str:
        return f"<commands for {self._limits.platform}: {', '.join(one.name for one in self._commands)}>"

    @property
    def known(self) -> bool:
        """Whether it has ever heard what is deployed; before that nothing is to be registered or taken away."""
        return self._known

    @property
    def commands(self) -> tuple[Command, ...]:
        """What is to be registered, once it is ``known``: what every bot has, deployments by name, menus.

        As many as the platform takes; the rest is found by ``find``, and by the command run.
        """
        return self._commands

    def find(self, command_name: str) -> Command | None:
        """The command of this name; also one that there was no room to register, or that is found by its suffix alone."""
        name = command_name.strip()
        return self._by_name.get(name) or self._by_name.get(name.lower())

    def of_deployment(self, deployment: str) -> Command | None:
        """The command that runs this deployment."""
        return next(
            (one for one in self._by_name.values() if one.deployment == deployment and not one.menu), None
        )

    @property
    def deployments(self) -> tuple[Command, ...]:
        """The commands of all deployments, registered or not, by name."""
        return self._deployments

    def named(self, workflow: str) -> list[Command]:
        """The commands of the workflows of this name: spelt just so, else but for case, spaces and dashes."""
        found = self._loosely.get(loosely(workflow), [])
        return [one for one in found if one.workflow == workflow] or found

    async def refresh(self) -> bool:
        """Look what is deployed, and return whether the commands have changed; when it can't be told, they stay.

        The first time what this machine remembers is enough; after that the service is asked.
        """
        async with self._refreshing:
            try:
                found = await self._st.deployments.list(refresh=self._known)
            except StationThisError as error:
                logger("bots").warning("The commands stay as they are: %s", error)
                return False
            commands, by_name = await asyncio.to_thread(self._made, found)
            changed = commands != self._commands
            self._commands, self._by_name, self._known = commands, by_name, True
            those = {one.deployment: one for one in by_name.values() if one.deployment and not one.menu}
            self._deployments = tuple(sorted(those.values(), key=lambda one: one.name))
            self._loosely = defaultdict(list)
            for one in self._deployments:
                self._loosely[loosely(one.workflow)].append(one)
            return changed

    async def fields(self, deployment: str) -> Inputs:
        """The inputs of a deployment, by its name.

        Raises:
            NotFound, AmbiguousName: as ``st.deployments.get`` does.
        """
        return (await self._st.deployments.get(deployment)).inputs

    def _made(self, found: "Sequence[AsyncDeployment]") -> tuple[tuple[Command, ...], dict[str, Command]]:
        workflows: dict[str, dict[str, AsyncDeployment]] = defaultdict(dict)
        for one in sorted(found, key=_rank):
            workflows[one.name].setdefault(one.record.workflow_id or one.id, one)
        alone = {name: next(iter(those.values())) for name, those in workflows.items() if len(those) == 1}
        names = unique_names(alone, _FIXED)
        made = {names[name]: self._command(names[name], one) for name, one in alone.items()}
        by_name = {suffixed(name): made[names[name]] for name in alone} | made
        for name, those in workflows.items():
            for workflow_id, one in sorted(those.items()) if len(those) > 1 else ():
                called = suffixed(name, workflow_id, ChainMap(by_name, _FIXED))
                made[called] = by_name[called] = attrs.evolve(
                    self._command(called, one), deployment=one.id, called=name
                )
        listed = [made[name] for name in sorted(made)]
        menus = self._menus(listed, alone)
        by_name = {one.name: one for one in menus} | by_name | _FIXED
        return (*FIXED, *listed[: self._limits.commands - len(FIXED)], *menus), by_name

    def _command(self, name: str, deployment: "AsyncDeployment") -> Command:
        said = " ".join((deployment.description or "").strip().partition("\n")[0].split())
        said = said or f"Run {deployment.name}"
        options = options_of(deployment.inputs, self._limits) if self._limits.platform == "discord" else ()
        return Command(name, cut(said, self._limits.description), options, deployment.name)

    def _menus(self, listed: Iterable[Command], those: "dict[str, AsyncDeployment]") -> list[Command]:
        """Menus of a message for what needs one picture and nothing else."""
        if self._limits.platform != "discord":
            return []
        menus: dict[str, Command] = {}
        for one in listed:
            if one.deployment in those and takes_one_picture(those[one.deployment].inputs):
                name = menu_name(one.deployment)
                menus.setdefault(name, Command(name, "", deployment=one.deployment, menu=True))
        return list(menus.values())[:MENUS]


def menu_name(deployment: str) -> str:
    """What the menu of a message calls a deployment.

    >>> menu_name("picture-to-picture")
    'Use for picture-to-picture'
    """
    return cut(f"Use for {' '.join(deployment.split())}", LONGEST)


def takes_one_picture(fields: Inputs) -> bool:
    """Whether one picture is all that has to be given.

    >>> from stationthis_sdk.entities import InputField
    >>> takes_one_picture(Inputs([InputField("image", "image", required=True), InputField("cfg", "number", 7)]))
    True
    """
    pictures = [one for one in fields.values() if one.kind in {"image", "images"}]
    needed = [one for one in fields.values() if one.required]
    return bool(pictures) and len(needed) <= 1 and all(one.kind in {"image", "images"} for one in needed)


def _rank(deployment: "AsyncDeployment") -> int:
    known = deployment.environment in ENVIRONMENTS
    return ENVIRONMENTS.index(deployment.environment) if known else len(ENVIRONMENTS)
