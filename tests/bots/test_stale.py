"""Old updates: dropped after a quarter of an hour, whatever form their time has."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk import InvalidInput
from stationthis_sdk.bots.stale import STALE_AFTER, is_stale

NOW = 1_790_000_000.0


@pytest.mark.parametrize("minutes", [0, 14, 15, 16, 600])
def test_messages_from_before_the_bot_was_back_are_dropped(minutes: int) -> None:
    """T25: those older than fifteen minutes, in Telegram's seconds and as times of any zone alike."""
    sent = NOW - minutes * 60
    zone = timezone(timedelta(hours=5, minutes=45))
    forms = [sent, datetime.fromtimestamp(sent, UTC), datetime.fromtimestamp(sent, zone)]
    assert {is_stale(form, now=NOW) for form in forms} == {minutes > 15}


@given(ahead=some.floats(0, 1e6))
def test_a_clock_that_is_behind_drops_nothing(ahead: float) -> None:
    """A message from the future is none of the past."""
    assert not is_stale(NOW + ahead, now=NOW)
    assert is_stale(NOW - STALE_AFTER - 1 - ahead, now=NOW)


def test_a_time_that_may_mean_anything_is_refused() -> None:
    """Without a zone it would be off by hours."""
    with pytest.raises(InvalidInput, match="time zone"):
        is_stale(datetime(2026, 11, 30, 12))  # noqa: DTZ001 - that is the point
