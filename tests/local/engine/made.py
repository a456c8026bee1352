"""Sound, video and EXR files made without our own encoders, sound ones and hostile ones."""

import io
import struct
import wave
import zipfile
import zlib
from fractions import Fraction
from typing import Any

import av
import numpy as np
from PIL import Image


def wav(seconds: float = 0.5, rate: int = 8000, channels: int = 1) -> bytes:
    """A rising tone, the same in each channel."""
    samples = int(seconds * rate)
    tone = (np.sin(np.arange(samples) ** 1.2 / 50) * 20000).astype("<i2")
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.repeat(tone[:, None], channels, 1).tobytes())
    return out.getvalue()


def wav_samples(content: bytes) -> np.ndarray:
    """What a WAV file holds, as floats of channels and samples."""
    with wave.open(io.BytesIO(content)) as file:
        levels = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
    return levels.T / np.float32(32768)


def long_silence(samples: int, rate: int = 48000) -> bytes:
    """A small FLAC file of very many samples."""
    out = io.BytesIO()
    piece = np.zeros((1, 2**18), np.int16)
    with av.open(out, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=rate, layout="mono")
        for at in range(0, samples, piece.shape[1]):
            frame = av.AudioFrame.from_ndarray(piece, format="s16", layout="mono")
            frame.sample_rate, frame.pts = rate, at
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def mp4(
    count: int = 8,
    fps: int = 8,
    width: int = 32,
    height: int = 16,
    sound: bool = False,
    codec: str = "libx264",
) -> bytes:
    """Frame number n is grey of level 10 + 20 n, mod 240."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream(codec, rate=fps, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        audio = container.add_stream("aac", rate=8000, layout="mono") if sound else None
        for number in range(count):
            levels = np.full((height, width, 3), (10 + 20 * number) % 240, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(levels, format="rgb24")))
        container.mux(stream.encode(None))
        if audio is not None:
            samples = np.zeros((1, 8000 * count // fps), np.float32)
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 8000, 0, Fraction(1, 8000)
            container.mux(audio.encode(frame))
            container.mux(audio.encode(None))
    return out.getvalue()


def exr(light: np.ndarray, channels: str = "BGR", half: bool = False, size: Any = None) -> bytes:
    """An EXR file without compression; ``light`` has the channels in the order of their names; ``size`` may lie."""
    height, width, _ = light.shape

    def attribute(name: str, kind: str, value: bytes) -> bytes:
        return f"{name}\0{kind}\0".encode() + struct.pack("<I", len(value)) + value

    wide, high = size or (width, height)
    box = struct.pack("<iiii", 0, 0, wide - 1, high - 1)
    listed = b"".join(
        name.encode() + b"\0" + struct.pack("<IIII", 1 if half else 2, 0, 1, 1) for name in channels
    )
    head = (
        struct.pack("<II", 20000630, 2)
        + attribute("channels", "chlist", listed + b"\0")
        + attribute("compression", "compression", b"\0")
        + attribute("dataWindow", "box2i", box)
        + attribute("displayWindow", "box2i", box)
        + attribute("lineOrder", "lineOrder", b"\0")
        + attribute("pixelAspectRatio", "float", struct.pack("<f", 1))
        + attribute("screenWindowCenter", "v2f", struct.pack("<ff", 0, 0))
        + attribute("screenWindowWidth", "float", struct.pack("<f", 1))
        + b"\0"
    )
    kind = "<f2" if half else "<f4"
    rows = [light[y].T.astype(kind).tobytes() for y in range(height)]
    places = (len(head) + 8 * height + y * (8 + len(rows[0])) for y in range(height))
    table = b"".join(struct.pack("<Q", at) for at in places)
    return head + table + b"".join(struct.pack("<iI", y, len(row)) + row for y, row in enumerate(rows))


def png(
    width: int = 5, height: int = 4, colour: Any = (1, 2, 3), mode: str = "RGB", form: str = "PNG"
) -> bytes:
    """A picture of one colour."""
    out = io.BytesIO()
    Image.new(mode, (width, height), colour).save(out, form)
    return out.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A tiny PNG whose head says it is huge."""
    content = bytearray(png())
    content[16:24] = struct.pack(">II", width, height)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    return bytes(content)


def archive(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return out.getvalue()
