"""Training a LoRA: the loss falls, the same seed gives the same bytes, and bad datasets are refused with the reason."""

import csv
import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from safetensors.numpy import load, save

from stationthis_sdk.local.engine.files import FetchedFile
from stationthis_sdk.local.engine.training import dataset
from stationthis_sdk.local.engine.training.weights import KIND, read_weights
from stationthis_sdk.local.engines import NodeFailed, Stopped
from tests.local.engine.calling import call, file_of, picture
from tests.local.engine.graphs import MemoryFiles
from tests.local.engine.made import archive, png, png_that_claims


def reddish(seed: int = 0, size: int = 64) -> Image.Image:
    """A picture of one hue with large and small forms in it."""
    down, across = np.mgrid[:size, :size] / size
    waves = np.sin(across * (5 + seed)) * np.cos(down * (9 - seed)) + 0.3 * np.sin(across * 60 + down * 40)
    light = (waves - waves.min()) / (waves.max() - waves.min())
    return Image.fromarray(np.uint8(np.stack([90 + 160 * light, 60 * light, 30 * light], -1)))


def pictures(count: int = 4) -> dict[str, bytes]:
    """Files of a dataset, each with its caption."""
    files = {}
    for number in range(count):
        files[f"{number}.png"] = file_of(reddish(number))
        files[f"{number}.txt"] = f"mycat number {number}".encode()
    return files


def trained(files: dict[str, bytes] | bytes | None = None, **given: Any) -> tuple[bytes, np.ndarray, bytes]:
    """Weights, samples and losses of a training, small unless said otherwise."""
    content = files if isinstance(files, bytes) else archive(pictures() if files is None else files)
    usual = {
        "lora_name": "my-cat",
        "trigger": "mycat",
        "steps": 60,
        "learning_rate": 2e-3,
        "rank": 8,
        "seed": 7,
    }
    weights, samples, loss = call(
        "StationThisTrainLora", dataset=FetchedFile("x.zip", content), **usual | given
    )
    return weights.content, samples, loss.content


def losses(content: bytes) -> list[float]:
    """The column loss of loss.csv."""
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert [int(row["step"]) for row in rows] == list(range(1, len(rows) + 1))
    return [float(row["loss"]) for row in rows]


@pytest.mark.parametrize("rank", [1, 2, 4, 16, 64, 128])
def test_the_loss_falls_at_every_rank(rank):
    """It begins at the dataset's whole variance, and most of that is told in the end."""
    fell = losses(trained(rank=rank, steps=150)[2])
    assert 0.85 < fell[0] < 1.15
    assert np.mean(fell[-10:]) < 0.5 * fell[0]


@settings(max_examples=6, deadline=None)
@given(st.integers(1, 128), st.floats(2e-4, 1e-2), st.integers(-(2**63), 2**64 - 1))
def test_the_loss_falls_whatever_the_recipe(rank, learning_rate, seed):
    """For any rank, any seed and every rate that trainers use."""
    fell = losses(trained(rank=rank, steps=100, learning_rate=learning_rate, seed=seed)[2])
    assert np.mean(fell[-10:]) < np.mean(fell[:10])


def test_the_same_seed_gives_the_same_bytes():
    """Weights, samples and losses, however the files are packed; another seed other ones."""
    one, again, other = trained(), trained(archive(pictures(), zipfile.ZIP_STORED)), trained(seed=8)
    assert (one[0], one[2]) == (again[0], again[2])
    assert np.array_equal(one[1], again[1])
    assert one[0] != other[0]


def test_the_weights_say_what_they_are():
    """A file that the library of the format reads, with the training's own words in it."""
    weights, samples, loss = trained(rank=5)
    shapes = {name: found.shape for name, found in load(weights).items()}
    assert shapes == {
        "autoencoder.mean": (192,),
        "autoencoder.lora_down.weight": (5, 192),
        "autoencoder.lora_up.weight": (192, 5),
    }
    words = json.loads(weights[8 : 8 + int.from_bytes(weights[:8], "little")])["__metadata__"]
    assert words["kind"] == KIND
    assert (words["name"], words["trigger"], words["steps"], words["rank"]) == ("my-cat", "mycat", "60", "5")
    assert float(words["final_loss"]) == losses(loss)[-1]
    assert (words["pictures"], words["captions"], len(words["dataset_sha256"])) == ("4", "4", 64)
    assert samples.shape == (4, 192, 576, 3)


def test_nothing_is_learned_of_control_pictures():
    """What the pictures were made of, in the folder control, changes nothing; of that alone there is nothing to learn."""
    control = {f"control/{number}.png": file_of(reddish(number + 4)) for number in range(4)}
    plain, besides = trained(), trained({**pictures(), **control})
    assert plain[0] == besides[0]
    with pytest.raises(NodeFailed, match="has no pictures"):
        trained(control)


def test_weights_without_numbers_are_not_applied():
    """A loss that ran away leaves NaN, which would draw black."""
    broken = save({name: np.full_like(found, np.nan) for name, found in load(trained()[0]).items()})
    with pytest.raises(NodeFailed, match="NaN or infinite"):
        read_weights("x", broken)


def test_samples_come_nearer_to_their_pictures():
    """What the autoencoder makes of a picture differs less from it after the training than before."""
    samples = trained(steps=150)[1][:, :150]  # without the caption
    shown, before, after = samples[:, :, :192], samples[:, :, 192:384], samples[:, :, 384:]
    assert np.abs(after - shown).mean() < 0.6 * np.abs(before - shown).mean()


def test_a_training_is_left_between_two_steps():
    """Whoever asks for its end waits for a step, not for the training."""
    asked = iter([False] * 30 + [True])
    with pytest.raises(Stopped):
        call(
            "StationThisTrainLora",
            dataset=FetchedFile("x.zip", archive(pictures())),
            stopped=lambda: next(asked),
            lora_name="a",
            trigger="b",
            steps=100_000,
            learning_rate=1e-3,
            rank=4,
            seed=1,
        )


BROKEN_JPEG = file_of(reddish(), form="JPEG")[:400]
BOMB = archive({"bomb.png": b"\0" * 2**24})


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "no pictures"),
        ({"a.txt": b"x"}, "no pictures"),
        ({"a.gif": b"x"}, "no pictures"),
        (b"no zip at all", "zip file can't be read"),
        (archive(pictures())[:-40], "zip file can't be read"),
        (BOMB, "'bomb.png' in the zip file unpacks to more than"),
        ({**pictures(), "../out.png": png()}, "leads out of its archive"),
        ({**pictures(), "/etc/out.png": png()}, "leads out of its archive"),
        ({**pictures(), "a\\..\\out.txt": b"x"}, "leads out of its archive"),
        ({**pictures(), "C:/out.png": png()}, "leads out of its archive"),
        ({**pictures(), "cat.jpg": BROKEN_JPEG}, "'cat.jpg' in the dataset: the picture can't be read"),
        ({**pictures(), "cat.png": b"no picture"}, "'cat.png' in the dataset: the picture can't be read"),
        ({**pictures(), "cat.png": png_that_claims(60_000, 60_000)}, "'cat.png' in the dataset:"),
        ({**pictures(), "cat.txt": b"\xff\xfe\xfa"}, "is no UTF-8 text"),
        ({**pictures(), "cat.txt": b"a" * 70_000}, "too long for a caption"),
        ({**pictures(), "cat.txt": b"a cat"}, "1 of the dataset's captions have no picture"),
        (archive(pictures(), zipfile.ZIP_BZIP2), "packed in a rare way"),
    ],
)
def test_a_dataset_that_cannot_be_trained_on(files, words):
    """Each is refused before the first step, and told by its name."""
    with pytest.raises(NodeFailed) as refused:
        trained(files)
    assert words in str(refused.value)


def test_too_many_pictures(monkeypatch):
    """They are refused before they fill the memory."""
    monkeypatch.setattr(dataset, "PICTURE_LIMIT", 3)
    with pytest.raises(NodeFailed, match="more than 3 pictures"):
        trained()


def test_what_systems_leave_in_archives_is_passed_over():
    """Hidden files are no pictures of the dataset, and folders are allowed."""
    inside = {f"set/{name}": content for name, content in pictures().items()}
    left = {"__MACOSX/set/._0.png": b"x", "set/.DS_Store": b"x", "set/._0.txt": b"\xff", "notes.md": b"x"}
    assert losses(trained({**inside, **left})[2]) == losses(trained(inside)[2])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"trigger": "  "}, "the trigger is blank"),
        ({"lora_name": "../../out"}, "no plain file name"),
        ({"lora_name": ""}, "no plain file name"),
        ({"learning_rate": 1.0, "steps": 400, "rank": 128}, "the loss ran away"),
    ],
)
def test_a_recipe_that_cannot_work(given, words):
    """The reason says which value to change."""
    with pytest.raises(NodeFailed, match=words):
        trained(**given)


def test_a_dataset_that_is_no_file():
    """A text that is no URL of a file."""
    with pytest.raises(NodeFailed, match="upload a ZIP of pictures and captions"):
        call(
            "StationThisTrainLora",
            dataset="",
            lora_name="a",
            trigger="b",
            steps=1,
            learning_rate=1e-3,
            rank=1,
            seed=0,
        )


def applied(content: bytes | None, strength: float, given: np.ndarray, lora: Any = "my-cat.safetensors"):
    """A picture with a LoRA from the account's models."""
    files = MemoryFiles({} if content is None else {"models:loras/my-cat.safetensors": content})
    (made,) = call("StationThisApplyLora", files=files, image=given, lora=lora, strength=strength)
    return made


def test_a_lora_colours_a_picture():
    """The stronger, the nearer to the dataset's colours; strength 0 and no LoRA change nothing."""
    content, *_ = trained(steps=150)
    blue = picture(1, 2, 40, 56) * np.float32([0.3, 0.5, 1.0])
    red = np.asarray(reddish()).mean((0, 1)) / 255
    away = [np.abs(applied(content, part, blue).mean((0, 1, 2)) - red).mean() for part in (0, 0.4, 0.8, 1)]
    assert away == sorted(away, reverse=True)
    assert away[-1] < 0.4 * away[0]
    assert np.array_equal(applied(content, 0, blue), blue)
    assert np.array_equal(applied(None, 1, blue, lora=""), blue)
    assert np.array_equal(
        applied(content, 1, blue, lora="loras/my-cat.safetensors"), applied(content, 1, blue)
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([3, 4]))
def test_pictures_of_any_size(height, width, channels):
    """Whole patches or not: the size stays, the numbers are light, alpha goes."""
    made = applied(CONTENT, 0.7, picture(2, 1, height, width, channels))
    assert made.shape == (1, height, width, 3)
    assert made.min() >= 0
    assert made.max() <= 1


CONTENT = trained()[0]
_HEAD = b'{"autoencoder.lora_down.weight":{"dtype":"BF16","shape":[1,192],"data_offsets":[0,384]}}'
BF16 = len(_HEAD).to_bytes(8, "little") + _HEAD + bytes(384)  # as a diffusion model's LoRA is kept


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "the account's models have no 'loras/my-cat.safetensors'"),
        (b"", "'loras/my-cat.safetensors' is no .safetensors file"),
        (b"\xff" * 100, "'loras/my-cat.safetensors' is no .safetensors file"),
        (CONTENT[:-1], "'loras/my-cat.safetensors' is no .safetensors file"),
        (
            save({"lora_unet.lora_down.weight": np.zeros((4, 320), np.float32)}),
            "'loras/my-cat.safetensors' was not",
        ),
        (
            save({name: found.astype(np.float16) for name, found in load(CONTENT).items()}),
            "was not trained here",
        ),
        (BF16, "was not trained here"),
        (save({"autoencoder.lora_down.weight": np.zeros((), np.float32)}), "was not trained here"),
        (save({name: found[:-1] for name, found in load(CONTENT).items()}), "was not trained here"),
    ],
)
def test_a_file_that_is_no_lora_of_ours(content, words):
    """Missing, broken or foreign: the file is named."""
    with pytest.raises(NodeFailed) as refused:
        applied(content, 0.5, picture(1))
    assert words in str(refused.value)
