"""A notebook's bytes of pictures: never more than its budget, and what is replaced is given back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.notebook import displays, where
from stationthis_sdk.notebook.budget import Budget

Run = Callable[..., None]


@attrs.define
class Shell:
    """What tells of the cell that is being run, as ipykernel does."""

    message: dict[str, Any]
    kernel: Any = True

    def get_parent(self) -> dict[str, Any]:
        """The front end's message."""
        return self.message


@attrs.frozen
class Named:
    """A run, as far as notes of what was shown go."""

    id: str


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Go on as within this run of a cell."""

    def within(number: int, cell: str = "", code: str = "") -> None:
        message = {
            "header": {
                "msg_id": f"run {number}",
                "date": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(0, number),
            },
            "metadata": {"cellId": cell} if cell else {},
            "content": {"code": code} if code else {},
        }
        monkeypatch.setattr(where, "kernel_shell", lambda: Shell(message))

    return within


@given(some.lists(some.tuples(some.sampled_from("abcdef"), some.integers(0, 3000)), max_size=40))
def test_a_notebook_never_holds_more_than_its_budget(asked: list[tuple[str, int]]) -> None:
    """Whoever takes what room says always gets it; the sum of what is held stays below the budget."""
    budget, held = Budget(5000), dict.fromkeys("abcdef", 0)
    for display, size in asked:
        room = budget.room(display)
        assert 0 <= room <= 5000 - sum(size for key, size in held.items() if key != display)
        assert budget.take(display, min(size, room))
        held[display] = min(size, room)
        if size > 5000 - sum(size for key, size in held.items() if key != display):
            assert not budget.take(display, size)
        assert sum(held.values()) <= 5000


def test_a_cell_that_is_run_again_gives_back_what_it_held(run: Run) -> None:
    """By its id, or by its code where cells have none: however often, the room of its first run is there again."""
    for cell, code in (("a", "draw()"), ("", "draw()")):
        budget = Budget(1000)
        for number in range(30):
            run(number, cell, code)
            assert budget.room(f"picture {number}") == 400
            assert budget.take(f"picture {number}", 400)
        run(40, cell and "b", "draw_another()")
        assert budget.room("another") == 240


def test_an_earlier_run_takes_nothing_from_the_newer(run: Run) -> None:
    """What it still draws in the background is seen by nobody: it holds nothing, and the newer keeps what it holds."""
    budget = Budget(1000)
    run(1, "a", "submit()")
    budget.take("first", 300)
    run(2, "a", "submit()")
    budget.take("second", 400)
    run(1, "a", "submit()")
    assert budget.take("first", 300)
    run(3, "b", "other()")
    assert budget.room("other") == 240


def test_a_click_draws_what_stands_somewhere(run: Run) -> None:
    """A display that is drawn anew outside of any cell is counted once, where it stands."""
    budget = Budget(1000)
    run(1, "a", "studio()")
    budget.take("studio", 300)
    for number in range(2, 9):
        run(number)
        assert budget.take("studio", 400)
    run(9, "b", "other()")
    assert budget.room("other") == 240


def test_notes_of_what_was_shown_last(run: Run) -> None:
    """What ends in the background in an earlier cell takes no note from a later one; a cell that waits has its own."""
    early, late = Named("early"), Named("late")
    run(102, "b")
    displays.note_shown(late)
    run(101, "a")
    displays.note_shown(early)
    assert displays.is_shown(early)
    assert not displays.is_shown(late)
    run(102, "b")
    assert displays.is_shown(late)
    assert not displays.is_shown(early)
    for number in range(200, 300):
        run(number, "c")
        displays.note_shown(early)
    run(102, "b")
    assert not displays.is_shown(late)
