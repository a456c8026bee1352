"""Whatever is sent to assets, volumes and their uploads is answered as the contract says, and harms nothing."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.local.test_hostile import JSON, ask
from tests.local.test_process import served

FIELDS = {
    "/assets/folder": ("name", "parent_path"),
    "/assets/add": ("url", "path"),
    "/assets/register": ("file_id", "file_name", "file_size", "db_path", "url", "mime_type"),
    "/volume/model": ("source", "folderPath", "filename", "huggingface", "civitai", "downloadLink",
                      "isTemporaryUpload", "s3ObjectKey"),
    "/volume/file": ("url", "filename", "folder_path"),
    "/volume/rm": ("path",),
    "/volume/move": ("source_path", "destination_path", "overwrite"),
    "/volume/validate/huggingface": ("repo_id",),
    "/volume/validate/civitai": ("url",),
    "/volume/file/generate-upload-url": ("filename", "contentType", "size"),
    "/volume/file/initiate-multipart-upload": ("filename", "contentType", "size"),
    "/volume/file/generate-part-upload-url": ("uploadId", "key", "partNumber"),
    "/volume/file/complete-multipart-upload": ("uploadId", "key", "parts"),
    "/volume/file/abort-multipart-upload": ("uploadId", "key"),
    "/file/x/rename": ("filename",),
}  # fmt: skip
FAULTY = {
    "/assets/register",
    "/file/x/rename",
    "/volume/file/complete-multipart-upload",
    "/volume/file/abort-multipart-upload",
}
"""What may end in the service's own 500: an id that is taken, one that is not known."""

WORDS = st.sampled_from(
    ["..", "/", "a/../b", "\x00", "\ud800", "link", "civitai", "huggingface", "http://127.0.0.1:1/a.bin", "http://[::1",
     "http://169.254.169.254/a.png", "temp-uploads/user_local/x/y", "temp-uploads/../x", "9" * 400, "a.bin", "~", "💡"]
)  # fmt: skip
VALUES = WORDS | st.text(max_size=30) | JSON | st.integers()


@pytest.fixture(scope="module")
def note(tmp_path_factory) -> Iterator[dict]:
    """A gateway process of this module."""
    with served(tmp_path_factory.mktemp("hostile")) as (process, note):
        yield note
        assert process.poll() is None


@pytest.mark.parametrize("path", FIELDS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_values_are_answered(note, path, data):
    """With statuses the contract declares, and no fault inside but those the service has."""
    body = {name: data.draw(VALUES, label=name) for name in FIELDS[path]}
    status = ask(note, "POST", path, json.dumps(body).encode())
    assert status in {200, 400, 403, 404, 409, 422} | ({500} if path in FAULTY else set())


@settings(max_examples=15, deadline=None)
@given(
    st.binary(max_size=200), st.sampled_from(["application/json", "multipart/form-data; boundary=b", "x/y"])
)
def test_any_bytes_are_answered(note, body, kind):
    """Whatever they claim to be; the old path's fault at an upload is the service's."""
    for path in FIELDS:
        assert ask(note, "POST", path, body, kind) in {400, 404, 422}
    for path in ("/file", "/assets/upload", "/file/upload"):
        assert ask(note, "POST", path, body, kind) in {400, 422, 500}


def test_it_still_answers(note):
    """After all of this."""
    assert ask(note, "GET", "/assets") == ask(note, "GET", "/volume/private-models") == 200
