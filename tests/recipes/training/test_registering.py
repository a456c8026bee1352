"""What a training made, in the account's volume: whole, under its name, once; and told when it is something else."""

import asyncio
import os

import numpy as np
import pytest
from safetensors.numpy import save

from stationthis_sdk import DownloadFailed, InvalidInput
from stationthis_sdk.store.trainings import TrainingLedger
from stationthis_sdk.volume.loras import check_weights

CAT = {"name": "my-cat", "trigger": "mycat", "steps": 100, "resolution": 64}


@pytest.fixture
def weights(tmp_path):
    """Weights of nothing."""
    path = tmp_path / "My Ink.safetensors"
    path.write_bytes(
        save({"up": np.zeros((4, 8), np.float32), "down": np.ones((8, 4), np.float32)}, {"a": "b"})
    )
    return path


def in_volume(own, path):
    """The file in the volume, on the gateway's disk."""
    return own._gateway._folder / "models" / "users" / "user_local" / path


def test_a_training_is_registered_and_usable_by_name(own, st, cats):
    """By the job, once; the very bytes; known to this machine by trigger and path; a deployment takes it by its name."""
    job = st.train_lora(cats, wait=True, **CAT)
    model = st.models.register_lora(job)
    assert (model.path, model.kind, job.registered) == ("loras/my-cat.safetensors", "lora", model.path)
    assert in_volume(own, model.path).read_bytes() == job.weights.bytes()
    assert st.models.register_lora(job).path == model.path
    assert st.models.register_lora(job.weights).path == model.path
    assert st.trainings.get(job.id).registered == model.path
    [row] = asyncio.run(TrainingLedger(job._inner._context.ledger).loras())
    assert (row.trigger, row.base, row.registered) == ("mycat", "sdxl", model.path)
    drawn = {}
    for strength in (0.0, 1.0):
        run = st.deployments["picture-with-lora"](
            prompt="a fox",
            seed=1,
            steps=1,
            width=64,
            height=64,
            lora="my-cat.safetensors",
            lora_strength=strength,
        )
        drawn[strength] = run.outputs[0].image().tobytes()
    assert drawn[0.0] != drawn[1.0]


def test_files_and_links_are_registered_as_well(own, st, weights):
    """Under a plain name made of their own, or the one that is given."""
    model = st.models.register_lora(weights)
    assert model.path == "loras/my-ink.safetensors"
    assert in_volume(own, model.path).read_bytes() == weights.read_bytes()
    link = st.files.upload(weights).url
    assert st.models.register_lora(link, "From a Link").path == "loras/from-a-link.safetensors"
    assert st.models.register_lora(str(weights), "my-ink").path == model.path


def test_another_file_of_that_name_is_not_taken_for_the_same(st, weights, tmp_path):
    """Weights of one rank are all of one size: their content tells them apart."""
    st.models.register_lora(weights, "ink")
    other = tmp_path / "other.safetensors"
    other.write_bytes(weights.read_bytes()[:-4] + b"\x00\x00\x80?"[::-1])
    assert other.stat().st_size == weights.stat().st_size
    with pytest.raises(InvalidInput, match="in the volume already"):
        st.models.register_lora(other, "ink")


@pytest.mark.parametrize("damage", [b"", b"x", b"<!doctype html><html>not found</html>", None, "cut"])
def test_t28_what_is_no_weights_is_never_registered(st, weights, damage):
    """T28: a page that says what went wrong, half a file, an empty one: told before anything is sent."""
    content = weights.read_bytes()
    weights.write_bytes(content[:-10] if damage == "cut" else bytes(20) if damage is None else damage)
    with pytest.raises(InvalidInput, match=r"My Ink\.safetensors"):
        st.models.register_lora(weights)
    assert list(st.models.list("loras")) == []


def test_t28_the_wrong_content_in_the_volume_is_told(own, st, cats, monkeypatch):
    """T28: what arrived is not what was put there: an error that says both sizes; the training stays what it is."""
    job = st.train_lora(cats, wait=True, **CAT)
    size = len(job.weights.bytes())
    objects = own._gateway.services.objects._folder / "objects"

    def damage(progress):
        if progress.bytes == size and objects.is_dir():
            for one in objects.iterdir():
                if one.stat().st_size == size:
                    os.truncate(one, 1000)

    with pytest.raises(DownloadFailed, match=f"has 1000 bytes in the volume instead of {size}"):
        st.models.register_lora(job, on_progress=damage)
    assert (job.state, job.code, job.registered) == ("success", "success", None)
    st.models.get("loras/my-cat.safetensors", refresh=True).delete()
    model = st.models.register_lora(job)
    os.truncate(in_volume(own, model.path), 500)
    with pytest.raises(DownloadFailed, match="it is another file"):
        st.models.register_lora(job)


def test_what_can_not_be_registered(st, tmp_path):
    """Nothing that has weights, no such file, no name."""
    for what in (7, None, b"x", ""):
        with pytest.raises(InvalidInput, match="registered from"):
            st.models.register_lora(what)
    with pytest.raises(InvalidInput, match="no file"):
        st.models.register_lora(tmp_path / "nowhere.safetensors")


def test_a_head_that_lies_is_not_believed(tmp_path):
    """Lengths beyond the file, JSON that is none, tensors that end elsewhere."""
    path = tmp_path / "x.safetensors"
    for head in (
        b"[]",
        b"{}",
        b'{"a": 1}',
        b'{"a": {"data_offsets": []}}',
        b'{"a": {"data_offsets": [0, 99]}}',
        b"\xff",
    ):
        path.write_bytes(len(head).to_bytes(8, "little") + head)
        with pytest.raises(InvalidInput):
            check_weights(path)
    path.write_bytes((2**63).to_bytes(8, "little") + b"{}")
    with pytest.raises(InvalidInput):
        check_weights(path)


def test_weights_that_hold_no_numbers_are_refused(st, tmp_path):
    """A training whose loss ran away leaves NaN: nobody is to draw with it."""
    path = tmp_path / "ran-away.safetensors"
    for kind in (np.float32, np.float16, np.float64):
        path.write_bytes(save({"fine": np.ones((4, 8), kind), "down": np.full((8, 4), np.nan, kind)}))
        with pytest.raises(InvalidInput, match="NaN or infinite"):
            st.models.register_lora(path)
    assert list(st.models.list("loras")) == []


def test_the_same_from_another_machine_is_the_same(own, st, weights, tmp_path, caplog):
    """Nothing is noted there: the size is compared, and a warning says so; another size is another file."""
    path = st.models.register_lora(weights).path
    with own.client(home=tmp_path / "elsewhere") as other:
        assert other.models.register_lora(weights).path == path
        assert "its content can't be read" in caplog.text
        larger = tmp_path / "larger.safetensors"
        larger.write_bytes(save({"up": np.zeros((40, 8), np.float32)}))
    with own.client(home=tmp_path / "third") as third, pytest.raises(InvalidInput, match="already"):
        third.models.register_lora(larger, "my-ink")


def test_killed_before_it_was_noted_it_is_found_again(st, weights, caplog, monkeypatch):
    """What is put there is noted before it is sent: the next call knows it for its own, without a warning."""

    async def dies(*_):
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(TrainingLedger, "register", dies)
        with pytest.raises(RuntimeError, match="killed"):
            st.models.register_lora(weights)
    assert st.models.register_lora(weights).path == "loras/my-ink.safetensors"
    assert "can't be read" not in caplog.text


def test_as_many_bytes_prove_nothing_of_a_training(own, st, cats, tmp_path):
    """Two trainings of one name on two machines: the second is told that the name is taken, however often it asks."""
    first = st.train_lora(cats, **CAT, seed=1).wait()
    path = st.models.register_lora(first).path
    assert st.models.register_lora(first).path == path
    with own.client(home=tmp_path / "elsewhere") as other:
        second = other.train_lora(cats, **CAT, seed=2).wait()
        for _ in range(2):
            with pytest.raises(InvalidInput, match="already"):
                other.models.register_lora(second)
        assert other.models.register_lora(second, "other-cat").path == "loras/other-cat.safetensors"


async def test_two_who_register_at_once_both_have_it(own, weights, tmp_path):
    """The loser looks again, and finds what it was about to put there."""
    files = [weights, weights.rename(tmp_path / "same.safetensors")]
    weights.write_bytes(files[1].read_bytes())
    async with own.async_client(home=tmp_path / "one") as one, own.async_client(home=tmp_path / "two") as two:
        both = zip((one, two), files, strict=True)
        found = await asyncio.gather(*(who.models.register_lora(file, "ink") for who, file in both))
    assert [model.path for model in found] == ["loras/ink.safetensors"] * 2
