"""The guide to bots does what it says: commands, plans, the host's say, and a bot whose runs are made once each."""

import pytest

from tests.notebooks.claims import GUIDES, all_differ, check_kept, home_of, once_more, runs_of
from tests.notebooks.executing import cell_with, pictures, text

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

GUIDE = GUIDES / "9-a-bot.ipynb"


def test_a_bot(executed):
    """What is asked for twice is run once, each result is shown, each run is settled; who is refused runs nothing."""
    done = executed(GUIDE, size=64, steps=1)
    home = home_of(executed.folder)
    check_kept(done, home)
    assert "prompt" in text(cell_with(done, "drawing.options"))
    assert text(cell_with(done, "nothing_new")).endswith("((), (), ())")
    assert "'prompt': 'a fox in the snow'" in text(cell_with(done, "inputs_from("))
    planned = text(cell_with(done, "eleven = "))
    assert [planned.count(kind) for kind in ("album", "photo")] == [1, 1]
    assert "steps" in text(cell_with(done, "sentence(error"))
    assert text(cell_with(done, "wish = ")).endswith("'done'")
    assert "(True," in text(cell_with(done, "desk.again("))
    shown = [*pictures(cell_with(done, "wish = ")), *pictures(cell_with(done, "desk.again("))]
    assert len(shown) == 3
    assert all_differ(shown[1:])
    refused = text(cell_with(done, "Denied"))
    assert "Ask somebody else." in refused
    assert refused.count("('Ada', 'success')") == 3
    assert len(runs_of(home, "text-to-picture")) == 3

    # The second time that message was answered already: it starts nothing.
    once_more(GUIDE, home, size=64, steps=1)
    assert len(runs_of(home, "text-to-picture")) == 5
