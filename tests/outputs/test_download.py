"""Downloads: continued where they broke off, whole or not at all, several at once."""

import hashlib
import io
import random
import re
from typing import Any

import attrs
import pytest
import stamina
from hypothesis import given, settings
from hypothesis import strategies as some

from stationthis_sdk import AsyncStationThis, DownloadFailed, StationThisError
from stationthis_sdk.outputs.download import Download, Hashed
from stationthis_sdk.testing import LocalGateway
from tests.wire import CLOSE, CRASH, Asked, Cut, Wire, answer

CONTENT = random.Random(7).randbytes(300_000)
LEAST = 200
"""Bytes of an answer's head, at most."""


@attrs.define
class Storage:
    """A bucket: ranges, versions, and connections that break after so many bytes of an answer's body."""

    content: bytes = CONTENT
    etag: str | None = '"v1"'
    breaks: list[int] = attrs.Factory(list)
    ranges: bool = True

    def __call__(self, asked: Asked) -> Any:
        headers = {"ETag": self.etag} if self.etag else {}
        wanted = re.fullmatch(r"bytes=(\d+)-", asked.headers.get("range", ""))
        whole = wanted is None or not self.ranges or asked.headers.get("if-range") != self.etag
        start = 0 if whole else int(wanted[1])
        body = self.content[start:]
        if not whole:
            headers["Content-Range"] = f"bytes {start}-{len(self.content) - 1}/{len(self.content)}"
        said = answer(200 if whole else 206, body, headers=headers, content_type="image/png")
        return Cut(said[: len(said) - len(body) + self.breaks.pop(0)]) if self.breaks else said


async def fetched(storage: Any, max_bytes: int = 1 << 30) -> tuple[bytes, list[Asked]]:
    """What a download of it gives, and what was asked for."""

    async def no_other_link() -> None:
        return None

    with Wire(storage) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            edge = st._ready.context.service.edge
            buffer = io.BytesIO()
            target = Hashed(buffer)
            download = Download(
                edge, f"http://127.0.0.1:{wire.port}/a.png", "the file", no_other_link, max_bytes
            )
            with stamina.set_testing(True, attempts=5):  # without the pauses
                await download.into(target)
        assert target.digest.hexdigest() == hashlib.sha256(buffer.getvalue()).hexdigest()
        return buffer.getvalue(), wire.asked


async def test_it_goes_on_where_it_broke_off() -> None:
    """Broken twice, it asks for what is missing, and of the same version only; what a socket still held is lost."""
    large = CONTENT * 20
    content, asked = await fetched(Storage(large, breaks=[3_000_000, 2_000_000]))
    assert content == large
    starts = [int((one.headers.get("range") or "bytes=0-").removeprefix("bytes=")[:-1]) for one in asked]
    assert len(starts) == 3
    assert starts[0] == 0
    assert 2_000_000 < starts[1] <= 3_000_000
    assert starts[1] + 1_000_000 < starts[2] <= starts[1] + 2_000_000
    assert [one.headers.get("if-range") for one in asked] == [None, '"v1"', '"v1"']


@pytest.mark.parametrize("etag", [None, 'W/"v1"'])
async def test_without_a_certain_version_it_begins_again(etag) -> None:
    """No ETag, or one that says nothing of the bytes: nothing is glued together."""
    content, asked = await fetched(Storage(etag=etag, breaks=[100_000]))
    assert content == CONTENT
    assert not any("range" in one.headers for one in asked)


async def test_a_server_without_ranges_is_read_from_the_beginning() -> None:
    """200 to a range means all of it."""
    assert (await fetched(Storage(ranges=False, breaks=[100_000])))[0] == CONTENT


async def test_a_file_that_became_another_is_never_mixed() -> None:
    """Between two tries the file is replaced: what comes is the new one, whole."""
    storage = Storage(breaks=[100_000])
    calls = []

    def changing(asked: Asked) -> Any:
        calls.append(asked)
        if len(calls) == 2:
            storage.content, storage.etag = CONTENT[::-1], '"v2"'
        return storage(asked)

    assert (await fetched(changing))[0] == CONTENT[::-1]


@pytest.mark.parametrize(
    "odd",
    [
        answer(206, CONTENT[:10], headers={"Content-Range": "bytes 0-9/300000"}),
        answer(206, CONTENT[5:], headers={"Content-Range": "bytes 5-299999/300000"}),
        answer(206, CONTENT, headers={"Content-Range": "nonsense"}),
        answer(416, b"", headers={"Content-Range": "bytes */20"}),
    ],
)
async def test_an_answer_to_another_range_is_not_taken(odd) -> None:
    """The bytes of another place are thrown away, and it is fetched from the beginning."""
    storage, said = Storage(breaks=[100_000]), []

    def once_odd(asked: Asked) -> Any:
        said.append(asked)
        return odd if len(said) == 2 else storage(asked)

    assert (await fetched(once_odd))[0] == CONTENT


async def test_a_file_over_the_cap_is_refused_before_it_is_read() -> None:
    """The announced length is enough."""
    with pytest.raises(DownloadFailed, match="max_bytes"):
        await fetched(Storage(), max_bytes=len(CONTENT) - 1)
    assert (await fetched(Storage(), max_bytes=len(CONTENT)))[0] == CONTENT


@settings(max_examples=25, deadline=None)
@given(
    troubles=some.lists(some.sampled_from(["cut", "crash", "close"]), max_size=3),
    places=some.lists(some.integers(0, 300_000), min_size=3, max_size=3),
)
async def test_whatever_breaks_the_bytes_are_the_file(troubles, places) -> None:
    """After any few breaks the content is the file's, or an error says that it is not."""
    storage = Storage()

    def troubled(asked: Asked) -> Any:
        if not troubles:
            return storage(asked)
        trouble = troubles.pop(0)
        if trouble == "cut":
            storage.breaks = [places[len(troubles)]]
            return storage(asked)
        return CRASH if trouble == "crash" else CLOSE

    try:
        content, _ = await fetched(troubled)
    except StationThisError:
        return
    assert content == CONTENT


def test_a_run_is_saved_through_cuts_of_the_gateway(tmp_path) -> None:
    """With a real gateway that cuts its files in the middle, every byte arrives once."""
    with LocalGateway() as gateway:
        st = gateway.client()
        run = st.deployments["text-to-picture"](prompt="a fox", seed=1, steps=1)
        whole = run.outputs[0].bytes()
        gateway.faults.cut_answers(1.0, path="/files/*", times=2)
        (path,) = run.save(tmp_path, sidecar=False)
        assert path.read_bytes() == whole
        assert len([fault for fault in gateway.faults.seen if fault.kind == "cut_answers"]) == 2


@pytest.mark.parametrize(
    "address",
    ["", "javascript:alert(1)", "http:", "http://h\u00f6st/\n", "//host/a.png", "file:///etc/passwd"],
)
async def test_an_address_that_is_none_is_said(ast: AsyncStationThis, address: str) -> None:
    """A service that names no web address of a file: nothing is asked, and the error says so."""
    edge = ast._ready.context.service.edge
    asked = len(edge.exchanges)
    with pytest.raises(StationThisError, match="no web address"):
        async with edge.download(address):
            pass
    assert len(edge.exchanges) == asked
