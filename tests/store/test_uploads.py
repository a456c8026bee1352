"""The memory of uploads: good links come back, all else counts as nothing known."""

import stat

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.entities import UploadedFile
from stationthis_sdk.store import uploads
from stationthis_sdk.store.uploads import UploadMemory, is_signed, seconds_of
from tests.uploading import Hands

KEY = UploadMemory.key("http://h/api", "ada", "0" * 64, ".png")
NOW = 1_790_000_000.0
PUBLIC = UploadedFile("img_1", "fox.png", "https://h/fox.png", 3, "image/png")
SIGNED = attrs.evolve(PUBLIC, url="https://h/fox.png?X-Amz-Expires=3600&X-Amz-Signature=secret")


@pytest.fixture
def clock():
    return Hands(NOW)


@pytest.fixture
def memory(tmp_path, clock):
    return UploadMemory(tmp_path / "uploads", clock)


def test_an_upload_is_remembered_as_it_was(memory):
    """Id, address, size and type come back, as one that needed no sending; another key knows nothing."""
    memory.remember(KEY, PUBLIC)
    found = memory.recall(KEY)
    file = found.file()
    assert (file.id, file.url, file.size, file.mime) == ("img_1", "https://h/fox.png", 3, "image/png")
    assert (file.reused, file.source.kind, file.source.at.timestamp()) == (True, "cache", NOW)
    for other in (("http://other/api", "ada"), ("http://h/api", "bob")):
        assert memory.recall(UploadMemory.key(*other, "0" * 64, ".png")) is None
    assert memory.recall(UploadMemory.key("http://h/api", "ada", "0" * 64, ".jpg")) is None


@given(some.floats(0, 40 * 86400))
def test_public_links_live_a_month_and_private_ones_fifty_minutes(tmp_path_factory, age):
    """To the second, whatever the time between."""
    clock = Hands(NOW)
    memory = UploadMemory(tmp_path_factory.mktemp("uploads"), clock)
    private = UploadMemory.key("http://h/api", "ada", "1" * 64, ".png")
    memory.remember(KEY, PUBLIC)
    memory.remember(private, SIGNED, is_public=False)
    clock.now += age
    assert (memory.recall(KEY) is not None) == (age < 30 * 86400)
    assert (memory.recall(private) is not None) == (age < 3000)


@pytest.mark.parametrize(
    ("url", "is_public", "seconds"),
    [
        ("https://h/a", True, 30 * 86400),
        ("https://h/a", False, 3000),
        ("https://h/a?X-Amz-Signature=s&X-Amz-Expires=3600", True, 3000),
        ("https://h/a?X-Amz-Signature=s&X-Amz-Expires=600", True, 500),
        ("https://h/a?X-Amz-Signature=s&X-Amz-Expires=soon", True, 3000),
        ("https://h/a?X-Amz-Signature=s&X-Amz-Expires=3600&X-Amz-Date=20260921T135320Z", True, 1800),
        ("https://h/a?sig=s", True, 3000),
    ],
)
def test_how_long_a_link_is_good(url, is_public, seconds):
    """As it says itself, less what somebody needs to use it; never longer than fifty minutes."""
    assert seconds_of(url, now=1_790_000_000.0, is_public=is_public) == pytest.approx(seconds, abs=1)
    assert is_signed(url) == ("=s" in url)


def test_an_old_signature_is_not_remembered(memory):
    """A link that was signed an hour ago is dead."""
    url = "https://h/a?X-Amz-Signature=s&X-Amz-Expires=3600&X-Amz-Date=20260101T000000Z"
    memory.remember(KEY, attrs.evolve(PUBLIC, url=url), is_public=False)
    assert memory.recall(KEY) is None


def test_a_public_link_is_tried_every_ten_minutes(memory, clock):
    """And after something was deleted; a signed one never, for it tells itself how long it lives."""
    memory.remember(KEY, PUBLIC)
    assert not memory.needs_check(memory.recall(KEY))
    clock.now += 601
    assert memory.needs_check(memory.recall(KEY))
    memory.checked(KEY, memory.recall(KEY))
    assert not memory.needs_check(memory.recall(KEY))
    memory.doubt()
    found = attrs.evolve(memory.recall(KEY), checked=1.0)
    assert memory.needs_check(found)
    assert not memory.needs_check(attrs.evolve(found, url=SIGNED.url))
    memory.forget(KEY)
    memory.forget(KEY)
    assert memory.recall(KEY) is None


@pytest.mark.parametrize(
    "damage",
    [
        b"", b"{", b"[]", b"null", b"\x80\x04pickle", b'{"id": 1}',
        lambda text: text.replace(b"https", b"file:"),
        lambda text: text.replace(b'"img_1"', b'""'),
        lambda text: text.replace(b'"made":1790000000.0', b'"made":9e300'),
        lambda text: text.replace(b'"made":1790000000.0', b'"made":-9e300'),
        lambda text: text[:-9],
    ],
)  # fmt: skip
def test_what_is_damaged_is_not_known(memory, tmp_path, damage):
    """Whatever somebody wrote into the folder: the file is uploaded anew, nothing raises."""
    memory.remember(KEY, PUBLIC)
    path = tmp_path / "uploads" / KEY[:2] / KEY
    path.write_bytes(damage(path.read_bytes()) if callable(damage) else damage)
    assert memory.recall(KEY) is None
    memory.remember(KEY, PUBLIC)
    assert memory.recall(KEY) is not None


def test_links_are_for_their_owner_only(memory, tmp_path):
    """A signed link opens what is private: nobody else on the machine reads it, and no repr shows it."""
    memory.remember(KEY, SIGNED, is_public=False)
    path = tmp_path / "uploads" / KEY[:2] / KEY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "secret" not in repr(memory.recall(KEY))


def test_a_folder_that_can_not_be_written(tmp_path, clock, caplog):
    """A file where the folder should be: nothing is remembered, a line in the log, no error."""
    (tmp_path / "uploads").write_text("in the way")
    memory = UploadMemory(tmp_path / "uploads", clock)
    memory.remember(KEY, PUBLIC)
    memory.doubt()
    memory.forget(KEY)
    assert memory.recall(KEY) is None
    assert "is not remembered" in caplog.text


def test_what_is_too_old_is_swept_away(tmp_path, monkeypatch):
    """A month after it was written a memory is gone from the disk, with the next one beside it."""
    clock = Hands(NOW)
    memory = UploadMemory(tmp_path, clock)
    neighbour = KEY[:2] + "0" * 62
    memory.remember(neighbour, PUBLIC)
    clock.now = (tmp_path / KEY[:2] / neighbour).stat().st_mtime + uploads.PUBLIC_SECONDS + 1
    memory.remember(KEY, PUBLIC)
    assert [path.name for path in (tmp_path / KEY[:2]).iterdir()] == [KEY]
