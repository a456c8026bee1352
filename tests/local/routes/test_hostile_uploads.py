"""Uploads made to hurt: refused in one line, in little memory, and the gateway goes on."""

import gzip

import pytest

from tests.local.routes.people import Plain

FORM = {"Content-Type": "multipart/form-data; boundary=b"}
FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\nx\r\n--b--\r\n'
BOMB = gzip.compress(b" " * (300 * 1024 * 1024), 9)


def _nested(levels: int) -> bytes:
    return b"".join(
        b"--b%s\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n"
        % (str(level or "").encode(), level + 1)
        for level in range(levels)
    )


@pytest.mark.parametrize("path", ["/file/upload", "/assets/upload"])
@pytest.mark.parametrize(
    "body",
    [
        b" " * 1_000_000,
        b"--b\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\nx\r\n--b--\r\n",
        b"--b\r\n" + b"".join(b"X%d: a\r\n" % number for number in range(10_000)) + b"\r\nx\r\n--b--\r\n",
        b"".join(b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n' for _ in range(2000)),
        _nested(3000),
        FILE % b"a\x00.png",
    ],
    ids=[
        "one long line",
        "a long header",
        "many headers",
        "many parts",
        "parts in parts",
        "a zero in the name",
    ],
)
async def test_forms_made_to_hurt(api, path, body):
    """400 for a form that is none, never a fault inside."""
    answer = await api("POST", path, data=body, headers=FORM)
    assert answer.status == 400, answer
    assert (await api("GET", "/machines")).status == 200


@pytest.mark.parametrize(
    ("path", "kind"), [("/workflow", "application/json"), ("/file/upload", FORM["Content-Type"])]
)
async def test_a_packed_body_is_not_unpacked(api, path, kind):
    """It is read as it came, which is neither JSON nor a form."""
    answer = await api("POST", path, data=BOMB, headers={"Content-Type": kind, "Content-Encoding": "gzip"})
    assert answer.status in {400, 422}, answer


async def test_a_packed_upload_by_a_link_is_kept_as_it_came(api, gateway, session):
    """As a bucket does: three hundred megabytes never come out of it."""
    plain = Plain(gateway, session)
    given = (await api("GET", "/assets/presigned-url?file_name=a.png&type=image/png")).body
    headers = {"Content-Type": "image/png", "x-amz-acl": "public-read", "Content-Encoding": "gzip"}
    async with plain.session.put(given["url"], data=BOMB, headers=headers) as answer:
        assert answer.status == 200
    async with plain.session.get(given["download_url"]) as answer:
        assert await answer.read() == BOMB
