"""What files may be in a message, and what never becomes one."""

import base64
import json
from pathlib import Path

import pytest

from stationthis_sdk.bots.stdio.given import with_files
from stationthis_sdk.entities import InputField, Media, WebFile
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.inputs.media import media_of

FIELDS = Inputs([InputField("words", "text"), InputField("one", "image"), InputField("all", "images")])
LINK = "https://example.org/cat.png"
ZIP = base64.b64encode(b"PK\x03\x04").decode()


def test_the_forms_of_a_file(tmp_path: Path) -> None:
    """An address as it is, bytes out of base64, a path that is said to be one; in lists, too; other inputs stay."""
    path = {"path": str(tmp_path / "x.png")}
    given = {
        "words": "/etc/passwd",
        "one": {"url": LINK},
        "all": [LINK, {"base64": ZIP}, path, {"url": LINK}],
    }
    assert with_files(given, FIELDS) == {
        "words": "/etc/passwd",
        "one": LINK,
        "all": [LINK, b"PK\x03\x04", Path(path["path"]), LINK],
    }
    assert with_files({"all": json.dumps([LINK])}, FIELDS) == {"all": [LINK]}


def test_a_file_may_be_called_something() -> None:
    """As in upload."""
    fields = Inputs([InputField("model", "file")])
    made = with_files({"model": {"base64": ZIP, "filename": "two models"}}, fields)["model"]
    assert isinstance(made, Media)
    assert (made.content, made.filename) == (b"PK\x03\x04", "two models.zip")
    assert media_of(made, "file") is made


@pytest.mark.parametrize(
    "value",
    [
        "/etc/passwd", "~/.ssh/id_rsa", "file:///etc/passwd", "cat.png", {"url": "/etc/passwd"}, {"filename": "x"},
        {"path": 5}, {"base64": "%%"}, {"base64": 5}, {"base64": "", "filename": "x"},
    ],
)  # fmt: skip
def test_what_is_none_is_refused(value: object) -> None:
    """One short sentence that names the input; alone, in a list, or in a list that came as text."""
    for given in ({"one": value}, {"all": [value]}, {"all": json.dumps([value])}):
        if value == {"base64": "", "filename": "x"} and "all" in given:
            continue  # empty bytes: refused where inputs are checked
        with pytest.raises(InvalidInput, match=r"^(one|all): ") as caught:
            with_files(given, FIELDS)
        assert len(caught.value.message) < 150


@pytest.mark.parametrize("host", ["cdn.discordapp.com", "media.discordapp.net"])
def test_what_discord_has_signed_is_fetched_and_not_passed_on(host: str) -> None:
    """Such a link dies within a day, and whoever has it sees the file; other pages of theirs are as all pages are."""
    link = f"https://{host}/attachments/1/2/cat.png?ex=1&is=2&hm=3"
    made = media_of(link, "image")
    assert isinstance(made, Media)
    assert made.content == WebFile(link, "image")
    assert "hm=3" not in repr(made)
    assert media_of("https://cdn.discordapp.com/embed/avatars/0.png", "image") == (
        "https://cdn.discordapp.com/embed/avatars/0.png"
    )
