"""The trainings that were begun on this machine, in the ledger: how far each is, and what was told of it."""

import statistics
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs
import orjson

from stationthis_sdk.store.ledger_file import as_json

if TYPE_CHECKING:
    import sqlite3

    from stationthis_sdk.store.ledger import Ledger

__all__ = ["LoraRow", "TrainingLedger", "TrainingRow"]

_LAST: Final = 10
"""So many past trainings tell how long a step takes."""


@attrs.frozen
class TrainingRow:
    """One training as the ledger has it; times are seconds since 1970.

    ``registered`` is the path in the account's volume of what it made. ``told`` are the milestones, in percent.
    """

    run_id: str
    name: str
    base: str = ""
    trigger: str = ""
    recipe: Mapping[str, Any] = attrs.field(factory=dict)
    dataset: Mapping[str, Any] = attrs.field(factory=dict)
    steps_done: int | None = None
    loss: float | None = None
    moved_at: float = attrs.field(factory=time.time)
    told: tuple[int, ...] = ()
    registered: str | None = None
    created_at: float = attrs.field(factory=time.time)


@attrs.frozen
class LoraRow:
    """Weights that were put into the account's volume from here: what was sent there."""

    path: str
    size: int
    sha256: str
    run_id: str | None = None
    registered_at: float = attrs.field(factory=time.time)


@attrs.frozen
class TrainingLedger:
    """What one account has of trainings."""

    ledger: "Ledger"

    async def put(self, row: TrainingRow) -> None:
        """Write one down; what is there of this run stays."""
        columns = attrs.asdict(row)
        for name in ("recipe", "dataset", "told"):
            columns[name] = as_json(columns[name])
        columns |= {"service": self.ledger.service, "account": self.ledger.account}
        names = ", ".join(f'"{name}"' for name in columns)
        statement = f"INSERT OR IGNORE INTO trainings ({names}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - our names
        await self._write(statement, *columns.values())

    async def bind(self, submit_id: str, run_id: str) -> None:
        """The run that came of a submit is known: what was written down of it before it was sent is of this run."""
        change = "UPDATE OR IGNORE trainings SET run_id = ? WHERE service = ? AND account = ? AND run_id = ?"
        await self._write(change, run_id, *self._whose, submit_id)

    async def drop(self, submit_id: str) -> None:
        """No run came of a submit."""
        change = "DELETE FROM trainings WHERE service = ? AND account = ? AND run_id = ?"
        await self._write(change, *self._whose, submit_id)

    async def get(self, run_id: str) -> TrainingRow | None:
        """The training of this run."""
        return next(iter(await self._read("AND run_id = ?", run_id)), None)

    async def all(self) -> list[TrainingRow]:
        """All of them, the newest first."""
        return await self._read("ORDER BY created_at DESC, rowid DESC")

    async def loras(self) -> list[TrainingRow]:
        """Those whose weights are in the account's volume, the newest first."""
        return await self._read("AND registered IS NOT NULL ORDER BY created_at DESC, rowid DESC")

    async def moved(self, run_id: str, steps_done: int | None, loss: float | None, at: float) -> None:
        """It got on: how far it is now, never less than before."""
        change = (
            "UPDATE trainings SET steps_done = max(coalesce(steps_done, ?), ?), loss = coalesce(?, loss), "
            "moved_at = max(moved_at, ?) WHERE service = ? AND account = ? AND run_id = ?"
        )
        await self._write(change, steps_done, steps_done or 0, loss, at, *self._whose, run_id)

    async def tell(self, run_id: str, milestone: int) -> bool:
        """Note that a milestone is told now; False: it was told before, perhaps by another process."""

        def write(database: "sqlite3.Connection") -> bool:
            told = self._told(database, run_id)
            if milestone in told:
                return False
            self._put_told(database, run_id, {*told, milestone})
            return True

        return await self.ledger.do(write, otherwise=True)

    async def untell(self, run_id: str, milestone: int) -> None:
        """Nobody was told of a milestone after all."""
        await self.ledger.do(
            lambda database: self._put_told(database, run_id, self._told(database, run_id) - {milestone}),
            None,
        )

    async def intend(self, lora: LoraRow) -> None:
        """Note what is about to be put into the volume: whoever is killed meanwhile finds there what is its own."""
        columns = {**attrs.asdict(lora), "service": self.ledger.service, "account": self.ledger.account}
        names, places = ", ".join(columns), ", ".join("?" * len(columns))
        put = f"INSERT OR REPLACE INTO loras ({names}) VALUES ({places})"  # noqa: S608 - our names
        await self._write(put, *columns.values())

    async def register(self, lora: LoraRow) -> None:
        """Note what was put into the volume, and with the training that made it where it is."""
        await self.intend(lora)
        note = "UPDATE trainings SET registered = ? WHERE service = ? AND account = ? AND run_id = ?"
        await self._write(note, lora.path, *self._whose, lora.run_id)

    async def lora(self, path: str) -> LoraRow | None:
        """What was put there from here."""
        query = "SELECT * FROM loras WHERE service = ? AND account = ? AND path = ?"

        def read(database: "sqlite3.Connection") -> LoraRow | None:
            row = database.execute(query, (*self._whose, path)).fetchone()
            names = [field.name for field in attrs.fields(LoraRow)]
            return None if row is None else LoraRow(**{name: row[name] for name in names})

        return await self.ledger.do(read, None)

    async def seconds_a_step(self, deployment_id: str, resolution: int, batch_size: int) -> float | None:
        """How long a step took in the last trainings of a deployment that ended well: the median; None without any.

        Only of those whose pictures were as large, and as many a step: how it grows with these nobody knows.
        """
        query = (
            "SELECT runs.run_duration / json_extract(recipe, '$.steps') AS seconds FROM trainings "
            "JOIN runs ON runs.id = run_id AND runs.service = trainings.service AND runs.account = trainings.account "
            "WHERE trainings.service = ? AND trainings.account = ? AND runs.deployment_id = ? AND runs.state = 'success' "
            "AND runs.run_duration IS NOT NULL AND json_type(recipe, '$.steps') IN ('integer', 'real') "
            "AND json_extract(recipe, '$.steps') > 0 AND json_extract(dataset, '$.resolution') = ? "
            "AND coalesce(json_extract(recipe, '$.batch_size'), ?) = ? "
            "ORDER BY trainings.created_at DESC LIMIT ?"
        )

        values = (*self._whose, deployment_id, resolution, batch_size, batch_size, _LAST)

        def read(database: "sqlite3.Connection") -> float | None:
            took = [row["seconds"] for row in database.execute(query, values)]
            return statistics.median(took) if took else None

        return await self.ledger.do(read, None)

    @property
    def _whose(self) -> tuple[str, str]:
        return self.ledger.service, self.ledger.account

    def _told(self, database: "sqlite3.Connection", run_id: str) -> set[int]:
        query = "SELECT told FROM trainings WHERE service = ? AND account = ? AND run_id = ?"
        row = database.execute(query, (*self._whose, run_id)).fetchone()
        return set() if row is None else set(orjson.loads(row["told"]))

    def _put_told(self, database: "sqlite3.Connection", run_id: str, told: set[int]) -> None:
        change = "UPDATE trainings SET told = ? WHERE service = ? AND account = ? AND run_id = ?"
        database.execute(change, (as_json(sorted(told)), *self._whose, run_id))

    async def _read(self, rest: str, *values: Any) -> list[TrainingRow]:
        query = f"SELECT * FROM trainings WHERE service = ? AND account = ? {rest}"  # noqa: S608 - our words
        nothing: list[TrainingRow] = []
        return await self.ledger.do(
            lambda database: [_row_of(row) for row in database.execute(query, (*self._whose, *values))],
            nothing,
        )

    async def _write(self, statement: str, *values: Any) -> None:
        await self.ledger.do(lambda database: database.execute(statement, values) and None, None)


def _row_of(row: "sqlite3.Row") -> TrainingRow:
    columns = {field.name: row[field.name] for field in attrs.fields(TrainingRow)}
    read = {name: orjson.loads(row[name]) for name in ("recipe", "dataset")}
    return TrainingRow(**columns | read | {"told": tuple(orjson.loads(row["told"]))})
