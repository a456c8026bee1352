"""Core nodes on video: made from pictures, read, taken apart, saved."""

from fractions import Fraction

from stationthis_sdk.local.engine.decoding import has_video, is_mp4, read_video
from stationthis_sdk.local.engine.encoding import mp4, webm
from stationthis_sdk.local.engine.images import Picture
from stationthis_sdk.local.engine.media import VIDEO, Audio, MadeVideo, Video, VideoFile
from stationthis_sdk.local.engine.node import IMAGE, Slot, Work, node_class, one_of
from stationthis_sdk.local.engine.nodes.saving import PREFIX
from stationthis_sdk.local.engine.output_files import as_words, kept, place, put_files
from stationthis_sdk.local.engines import NodeFailed

__all__: list[str] = []


@node_class(
    "CreateVideo",
    outputs=("VIDEO",),
    images=IMAGE,
    fps=Slot("FLOAT", default=30.0, minimum=1.0, maximum=120.0),
    audio=Slot("AUDIO", required=False),
)
def _create(_work: Work, images: Picture, fps: float, audio: Audio | None) -> tuple[Video]:
    return (MadeVideo(images, _rate(fps), audio),)


@node_class("LoadVideo", outputs=("VIDEO",), file=Slot("COMBO"))
def _load(work: Work, file: str) -> tuple[Video]:
    content = work.files.read(file)
    if content is None:
        raise NodeFailed(
            f"invalid video file: {file[:200]}; upload it first and give its URL or its file name"
        )
    if not has_video(content):
        raise NodeFailed("the file holds no video: give an MP4 or WebM file")
    return (VideoFile(content),)


@node_class("GetVideoComponents", outputs=("IMAGE", "AUDIO", "FLOAT"), video=VIDEO)
def _components(work: Work, video: Video) -> tuple[Picture, Audio | None, float]:
    made = _made(work, video)
    return made.images, made.audio, float(made.fps)


@node_class(
    "SaveVideo",
    is_output=True,
    video=VIDEO,
    filename_prefix=Slot("STRING", default="video/ComfyUI"),
    format=Slot("COMBO", default="auto", options=("auto", "mp4")),
    codec=Slot("COMBO", default="auto", options=("auto", "h264")),
)
def _save(work: Work, video: Video, filename_prefix: str, format: str, codec: str) -> tuple[()]:  # noqa: A002, ARG001  ComfyUI's names; both words mean the same here
    if isinstance(video, VideoFile) and (size := is_mp4(video.content)):
        content, (width, height) = video.content, size  # as it came: encoding anew would only make it worse
    else:
        made = _made(work, video)
        _, height, width, _ = made.images.shape
        content = mp4(made, as_words(work.metadata), work.check)
    put_files(work, [kept(work, content, place(filename_prefix, width, height), "mp4")])
    return ()


@node_class(
    "SaveWEBM",
    is_output=True,
    images=IMAGE,
    filename_prefix=PREFIX,
    codec=one_of("vp9", "av1"),
    fps=Slot("FLOAT", default=24.0, minimum=0.01, maximum=1000.0),
    crf=Slot("FLOAT", default=32.0, minimum=0, maximum=63.0),
)
def _save_webm(
    work: Work, images: Picture, filename_prefix: str, codec: str, fps: float, crf: float
) -> tuple[()]:
    _, height, width, _ = images.shape
    content = webm(images, _rate(fps), codec, crf, as_words(work.metadata), work.check)
    put_files(work, [kept(work, content, place(filename_prefix, width, height), "webm")])
    return ()


def _rate(fps: float) -> Fraction:
    return Fraction(round(fps * 1000), 1000)


def _made(work: Work, video: Video) -> MadeVideo:
    return read_video(video.content, work.check) if isinstance(video, VideoFile) else video
