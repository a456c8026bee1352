"""Every shape in which a run's outputs come, as bots have to send them."""

from typing import Any, Final

from stationthis_sdk.bots.render.steps import Made

__all__ = ["SHAPES"]

_MIB: Final = 1 << 20
_LINK: Final = "https://files.example.com/outputs/film.mp4?X-Amz-Signature=abc"


def _picture(place: int, name: str = "", **more: Any) -> Made:
    told = {"mime": "image/png", "size": 2 * _MIB, "width": 1024, "height": 1024} | more
    return Made(place, "image", name or f"ComfyUI_{place:05}_.png", **told)


def _film(place: int, size: int = 8 * _MIB, **more: Any) -> Made:
    return Made(place, "video", f"film_{place}.mp4", "video/mp4", size, **more)


def _pictures(count: int) -> list[Made]:
    return [_picture(place) for place in range(count)]


_PARAGRAPH: Final = "A lighthouse stands on the rock, and its lamp goes round. " * 12

SHAPES: Final[dict[str, tuple[list[Made], dict[str, Any]]]] = {
    # pictures
    "one picture": (_pictures(1), {}),
    "two pictures": (_pictures(2), {}),
    "ten pictures": (_pictures(10), {}),
    "eleven pictures": (_pictures(11), {}),
    "twelve pictures": (_pictures(12), {}),
    "pictures and a film": ([_picture(0), _film(1), _picture(2)], {}),
    "a picture over ten megabytes": ([_picture(0, size=11 * _MIB)], {}),
    "a picture too wide and high": ([_picture(0, width=8000, height=4000)], {}),
    "a picture too long": ([_picture(0, width=100, height=2100)], {}),
    "a picture of unknown size": ([_picture(0, size=None)], {}),
    "a picture something shows through": ([_picture(0, transparent=True)], {}),
    "a picture something shows through as a photo": (
        [_picture(0, transparent=True)],
        {"hints": {"send-as": "photo"}},
    ),
    "pictures that are no photos": (
        [
            Made(0, "image", "a.tiff", "image/tiff", _MIB),
            Made(1, "image", "b.exr", "image/x-exr", _MIB),
            Made(2, "image", "c.psd", None, _MIB),
            Made(3, "image", "d.svg", "image/svg+xml", 4096),
        ],
        {},
    ),
    # what moves and sounds
    "a gif": ([Made(0, "animation", "wave.gif", "image/gif", _MIB, 512, 512)], {}),
    "a gif between pictures": (
        [_picture(0), Made(1, "animation", "w.gif", "image/gif", _MIB), _picture(2)],
        {},
    ),
    "an animated webp": ([Made(0, "animation", "wave.webp", "image/webp", _MIB, 512, 512)], {}),
    "a film": ([_film(0)], {}),
    "a film of another format": ([Made(0, "video", "film.mkv", "video/x-matroska", 8 * _MIB)], {}),
    "a song": ([Made(0, "audio", "song.mp3", "audio/mpeg", 3 * _MIB)], {}),
    "songs": ([Made(place, "audio", f"song-{place}.mp3", "audio/mpeg", 3 * _MIB) for place in range(3)], {}),
    "a song for studios": ([Made(0, "audio", "song.flac", "audio/flac", 3 * _MIB)], {}),
    # files
    "a mesh": ([Made(0, "mesh", "fox.glb", "model/gltf-binary", 4 * _MIB)], {}),
    "archives and a picture": (
        [
            Made(0, "file", "a.zip", "application/zip", 9),
            Made(1, "file", "b.zip", "application/zip", 9),
            _picture(2),
        ],
        {},
    ),
    "a file of no kind": ([Made(0, "file", "what", None, 100)], {}),
    "a kind nobody has told of": ([Made(0, "hologram", "", None, 100)], {}),
    # texts
    "a text": ([Made(0, "text", text="a lighthouse at dusk")], {}),
    "two texts": ([Made(0, "text", text="one"), Made(1, "text", text="two")], {}),
    "a picture between texts": ([Made(0, "text", text="one"), _picture(1), Made(2, "text", text="two")], {}),
    "a long text": ([Made(0, "text", text="\n\n".join(_PARAGRAPH.strip() for _ in range(10)))], {}),
    "a text like a book": ([Made(0, "text", text=_PARAGRAPH * 40)], {}),
    "a text file": ([Made(0, "file", "tags.txt", "text/plain", 9, text="fox, snow")], {}),
    "a text file as a document": (
        [Made(0, "file", "tags.txt", "text/plain", 9, text="fox, snow")],
        {"hints": {"send-as": "document"}},
    ),
    "a blank text": ([Made(0, "text", text=" \n")], {}),
    "nothing": ([], {}),
    # captions
    "a caption over the limit": (_pictures(1), {"caption": "fox " * 500}),
    "an album without buttons": (_pictures(3), {"buttons": ()}),
    "an album with nothing to say": (_pictures(3), {"caption": ""}),
    # too large
    "a film of sixty megabytes": ([_film(0, 60 * _MIB, url=_LINK)], {}),
    "a film of sixty megabytes here": ([_film(0, 60 * _MIB, url="http://127.0.0.1:3011/film.mp4")], {}),
    "a film of sixty megabytes and a picture": ([_film(0, 60 * _MIB, url=_LINK), _picture(1)], {}),
    "pictures too large together": ([_picture(place, size=8 * _MIB) for place in range(8)], {}),
    # hints
    "pictures as documents": (_pictures(2), {"hints": {"send-as": "document", "filename": "fox {n}"}}),
    "pictures as documents in a group": (
        _pictures(2),
        {"hints": {"send-as": "document"}, "private_documents": True},
    ),
    "pictures of one name": (_pictures(3), {"hints": {"filename": "../etc/my fox.jpg"}}),
    # what has drifted
    "a picture delivered as a file": ([Made(0, "file", "ComfyUI_0.png", "image/png", _MIB, 64, 64)], {}),
    "a picture delivered as a file without an ending": (
        [Made(0, "file", "output", "image/png", _MIB, 64, 64)],
        {},
    ),
    "a film without a format": ([Made(0, "file", "film.mp4", None, _MIB)], {}),
    "a film by its link alone": (
        [Made(0, "file", "", None, _MIB, url="https://h.example.com/x/film.mp4?sig=1")],
        {},
    ),
    "gifs of a film node": ([Made(0, "video", "AnimateDiff_0.gif", "image/gif", _MIB)], {}),
}
