"""The five timestamp formats tell the same moment."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from stationthis_sdk.local.answers import timestamps

MICROS = st.integers(0, 4_000_000_000_000_000).filter(lambda micros: micros % 1_000_000)


@settings(deadline=None)
@given(MICROS)
def test_each_format_reads_back_as_the_moment_it_was(micros):
    """To the microsecond or the millisecond, whichever the format has."""
    exact = datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)
    whole = exact.replace(microsecond=exact.microsecond // 1000 * 1000)
    assert datetime.fromisoformat(timestamps.padded(micros)) == whole
    assert datetime.fromisoformat(timestamps.short(micros)) == whole
    assert datetime.fromisoformat(timestamps.naive(micros) + "Z") == exact
    assert datetime.fromisoformat(timestamps.spaced(micros) + "Z") == exact
    assert datetime.fromisoformat(timestamps.malformed(micros).removesuffix("+00Z") + "Z") == exact
