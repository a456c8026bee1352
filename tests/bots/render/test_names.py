"""What files are called where they are sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.bots.render.names import file_names, safe_name
from stationthis_sdk.bots.render.steps import Made


def picture(filename: str = "", mime: str | None = "image/png") -> Made:
    return Made(0, "image", filename, mime)


@pytest.mark.parametrize(
    ("files", "hint", "names"),
    [
        ([picture("ComfyUI_00001_.png")], "", ["ComfyUI_00001_.png"]),
        ([picture("a.png"), picture("A.png"), picture("a.png")], "", ["a.png", "A-2.png", "a-3.png"]),
        ([picture(), picture()], "", ["fox-1.png", "fox-2.png"]),
        ([picture("a.png"), picture("b.png")], "my fox {n}", ["my fox 1.png", "my fox 2.png"]),
        ([picture("a.png"), picture("b.png")], "fox", ["fox.png", "fox-2.png"]),
        ([picture("a.jpeg", "image/jpeg")], "fox.png", ["fox.jpeg"]),
        ([picture("a.png")], "fox v1.5", ["fox v1.5.png"]),
        ([picture("a.png")], "{seed} {n} {0.__class__}", ["{seed} 1 {0.__class__}.png"]),
        ([picture("a.png")], "../../etc/passwd", ["etc-passwd.png"]),
        ([picture("C:\\temp\\..\\a.png")], "", ["a.png"]),
        ([picture("invoice\u202egnp.exe")], "", ["invoicegnp.png"]),
        ([picture("a.bin")], "", ["a.png"]),
        ([picture("a.tar.gz", None)], "", ["a.tar.gz"]),
        ([picture(".png")], "", ["png.png"]),
        ([picture("...")], "...", ["fox-1.png"]),
        ([Made(0, "text", text="a fox")], "", ["fox-1.txt"]),
        ([picture("ж" * 100 + ".png")], "", ["ж" * 28 + ".png"]),
    ],
)
def test_names_are_safe_and_each_its_own(files: list[Made], hint: str, names: list[str]) -> None:
    """The workflow's word first, else the file's own; the ending tells what it is; no path, nothing hidden."""
    assert file_names(files, hint=hint, name="fox") == names


@given(some.text(max_size=200), some.integers(4, 80))
def test_no_text_chooses_a_path(text: str, most: int) -> None:
    """Outputs are named by strangers."""
    name = safe_name(text, most)
    assert not set(name) & set('/\\:*?"<>|\0\n\u202e\u200b')
    assert not name.startswith(".")
    assert len(name.encode()) <= most
