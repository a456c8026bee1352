"""Things of all kinds as tiles: runs, outputs, rows of batches, rows of frames, saved files."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from stationthis_sdk.entities.costs import dollars
from stationthis_sdk.errors import InvalidInput, StationThisError
from stationthis_sdk.notebook.displays.runs import inputs_of
from stationthis_sdk.notebook.gallery.files import FileOutput
from stationthis_sdk.notebook.gallery.rows import RowTiles
from stationthis_sdk.notebook.gallery.tiles import Face, Facts
from stationthis_sdk.notebook.html import clipped, since, took
from stationthis_sdk.notebook.texts import clean
from stationthis_sdk.twins import twin

__all__ = ["Item", "ItemTiles", "OfFile", "OfOutput", "OfRow", "OfRun"]

_ASKS: Final = 2.0
"""Seconds between two looks at runs that are under way."""


class Item:
    """One thing: what it is called, and its outputs."""

    given: Any
    name: str
    picked = False

    @property
    def face(self) -> Face:
        """What is known of one now."""
        return Face("success", picked=self.picked)

    @property
    def at_work(self) -> bool:
        """Whether it may still change by itself."""
        return not self.face.final

    async def renew(self) -> None:
        """Look at it anew."""

    async def outputs(self) -> Sequence[Any]:
        """What one has made."""
        raise NotImplementedError

    async def facts(self, *, brief: bool = False) -> Facts:
        """What a click tells of one."""
        return Facts(self.name, "", (), outputs=() if brief else await self.outputs())

    async def pick(self, *, picked: bool) -> None:
        """Note that it is picked, or no longer."""
        self.picked = picked


@attrs.define(eq=False)
class OfOutput(Item):
    """An output, or the row of a frame that may have one; ``given`` of a row is its index. ``find`` finds the output."""

    given: Any
    _called: str
    _find: Callable[[], Any]
    _told: Callable[[], Mapping[str, Any]] = dict

    @property
    def name(self) -> str:  # type: ignore[override]
        """What one is called."""
        return clean(clipped(self._called, 200))

    async def outputs(self) -> Sequence[Any]:
        """What one has made."""
        output = self._find()
        return () if output is None else (output,)

    async def facts(self, *, brief: bool = False) -> Facts:
        """What a click tells of one."""
        return Facts(self.name, "", (), self._told(), () if brief else await self.outputs())


@attrs.define(eq=False)
class OfFile(Item):
    """A saved file."""

    given: Any
    path: Path

    @property
    def name(self) -> str:  # type: ignore[override]
        """What one is called."""
        return clean(clipped(self.path.name, 200))

    async def outputs(self) -> Sequence[Any]:
        """What one has made."""
        found = await FileOutput.of(self.path)
        return () if found is None else (found,)

    async def facts(self, *, brief: bool = False) -> Facts:  # noqa: ARG002 - a file is at hand
        """What a click tells of one."""
        found = await FileOutput.of(self.path)
        told = None if found is None else await found.told()
        lines = [("file", str(self.path))]
        if told is not None:
            lines += [("deployment", told.deployment or ""), ("run", told.run_id or "")]
            lines += [] if told.cost is None else [("cost", dollars(told.cost))]
        return Facts(
            self.name,
            "",
            [(what, clean(clipped(value))) for what, value in lines if value],
            {} if told is None else told.inputs,
            () if found is None else (found,),
        )


@attrs.define(eq=False)
class OfRun(Item):
    """A run, which may still be under way."""

    given: Any
    _asked: float = 0.0

    @property
    def run(self) -> Any:
        """The asynchronous run."""
        return twin(self.given)

    @property
    def name(self) -> str:  # type: ignore[override]
        """What one is called."""
        return clean(clipped(f"{self.run.record.deployment_name or 'run'} {self.run.id[:8]}", 200))

    @property
    def face(self) -> Face:
        """What is known of one now."""
        run = self.run
        note = run.reason or "" if run.state.final and run.state != "success" else ""
        return Face(str(run.state), clean(clipped(note, 300)), self.picked, run.state.final)

    async def renew(self) -> None:
        """Look at these anew."""
        if not self.run.state.final and time.monotonic() - self._asked > _ASKS:
            self._asked = time.monotonic()
            await self.run.refresh()

    async def outputs(self) -> Sequence[Any]:
        """What one has made."""
        run = self.run
        if not run.state.final:
            return ()
        try:
            return tuple(run.outputs)
        except InvalidInput:  # of a list that does not tell them
            await run.refresh()
            return tuple(run.outputs)

    async def facts(self, *, brief: bool = False) -> Facts:
        """What a click tells of one."""
        try:
            outputs = () if brief else await self.outputs()
        except StationThisError:
            outputs = ()
        run, record = self.run, self.run.record
        cost = run.cost.estimated
        lines = [
            ("run", run.id),
            ("took", took(record.run_duration or record.duration)),
            ("cost", "" if cost is None else dollars(cost)),
            ("GPU", record.gpu or ""),
            ("began", since(record.created_at)),
        ]
        return Facts(
            self.name,
            str(run.state),
            [(what, clean(clipped(value))) for what, value in lines if value],
            inputs_of(run) or {},
            outputs,
            clean(clipped(run.reason or "")),
        )


@attrs.define(eq=False)
class OfRow(Item):
    """A row of a batch."""

    given: Any
    tiles: RowTiles
    place: int

    @property
    def name(self) -> str:  # type: ignore[override]
        """What one is called."""
        return f"{self.tiles.batch_of(self.place)}, {self.tiles.name(self.place)}"

    @property
    def face(self) -> Face:
        """What is known of one now."""
        return self.tiles.face(self.place)

    @property
    def at_work(self) -> bool:
        """Whether something may still change by itself."""
        return self.tiles.at_work and not self.face.final

    async def outputs(self) -> Sequence[Any]:
        """What one has made."""
        return await self.tiles.outputs(self.place)

    async def facts(self, *, brief: bool = False) -> Facts:
        """What a click tells of one."""
        facts = await self.tiles.facts(self.place, brief=brief)
        return attrs.evolve(facts, lines=[("batch", self.tiles.batch_of(self.place)), *facts.lines])

    async def pick(self, *, picked: bool) -> None:
        """Note that it is picked, or no longer."""
        await self.tiles.pick(self.place, picked=picked)


class ItemTiles:
    """Things of all kinds, in the order in which they were given."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = items

    def __len__(self) -> int:
        return len(self._items)

    def name(self, place: int) -> str:
        """What one is called."""
        return self._items[place].name

    def face(self, place: int) -> Face:
        """What is known of one now."""
        return self._items[place].face

    def given(self, place: int) -> Any:
        """The thing itself."""
        return self._items[place].given

    async def renew(self, places: Sequence[int], *, every: bool = False) -> None:
        """Look at these anew."""
        rows: dict[RowTiles, list[int]] = defaultdict(list)
        for item in (self._items[place] for place in places):
            if isinstance(item, OfRow):
                rows[item.tiles].append(item.place)
            elif not item.face.final:
                await item.renew()
        for tiles, theirs in rows.items():
            await tiles.renew(theirs, every=every)

    async def renew_all(self) -> None:
        """Look at all anew."""
        await self.renew(range(len(self)))

    async def outputs(self, place: int) -> Sequence[Any]:
        """What one has made."""
        try:
            return await self._items[place].outputs()
        except StationThisError:
            return ()

    async def facts(self, place: int, *, brief: bool = False) -> Facts:
        """What a click tells of one."""
        return await self._items[place].facts(brief=brief)

    async def pick(self, place: int, *, picked: bool) -> None:
        """Note that it is picked, or no longer."""
        await self._items[place].pick(picked=picked)

    def picked(self) -> list[int]:
        """The places of what is picked."""
        return [place for place, item in enumerate(self._items) if item.face.picked]

    @property
    def picks(self) -> int:
        """How many of all are picked."""
        return len(self.picked())

    def head(self) -> tuple[str, float | None]:
        """How far everything is, in a line and as a fraction."""
        states = [item.face for item in self._items]
        left = sum(not face.final for face in states)
        failed = sum(face.tone == "bad" for face in states)
        told = [f"{len(self):,} pictures" if len(self) != 1 else "1 picture"]
        told += [f"{failed:,} failed"] * bool(failed) + [f"{left:,} under way"] * bool(left)
        return " · ".join(told), (len(self) - left) / len(self) if left else None

    @property
    def at_work(self) -> bool:
        """Whether something may still change by itself."""
        return any(item.at_work for item in self._items)
