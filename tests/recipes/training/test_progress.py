"""What trainers write is read: their lines, the bars of tqdm, and nothing that only looks like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.recipes.training.loss import LossCurve, read_losses
from stationthis_sdk.recipes.training.progress import Step, read_step


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("step 120/1000 loss 0.034", Step(120, 1000, 0.034)),
        ("Step 5 of 200, loss: 1.2e-3", Step(5, 200, 0.0012)),
        ("Epoch: 1, Step: 120, Loss: 0.03", Step(120, None, 0.03)),
        ("{'loss': 0.25, 'step': 7}", Step(7, None, 0.25)),
        ("steps:  12%|█▏        | 120/1000 [02:13<16:20,  1.11s/it, avr_loss=0.0912]", Step(120, 1000, 0.0912, 980.0)),
        ("my_cat:  12%|#2  | 120/1000 [02:13<1:16:20,  1.1s/it, lr: 1.0e-04 loss: 3.214e-01]",
         Step(120, 1000, 0.3214, 4580.0)),
        ("Training LoRA:  10%|█         | 10/100 [00:10<01:30,  1.00s/it, loss=0.1234]", Step(10, 100, 0.1234, 90.0)),
        ("steps:   0%|          | 0/1000 [00:00<?, ?it/s]", Step(0, 1000)),
        ("10%| 1/10 [00:01<00:09]\r20%|steps 2/10 [00:02<00:08, loss=0.5]", Step(2, 10, 0.5, 8.0)),
        ("step 9/10 loss nan", Step(9, 10)),
        ("Executing ComfyDeployOutputImage", None),
        ("epoch 3/10", None),
        ("Fetching 12 files:  50%|█████     | 6/12 [00:01<00:01,  5.00it/s]", None),
        ("model.safetensors: 12%|█▏ | 120M/1.00G [00:10<01:20, 11.0MB/s]", None),
        ("steps: 12%", None),
        ("  Total optimization steps = 1000", None),
        ('"steps": 2000,', None),
        ("warmup steps: 500", None),
        ("step 1,200/4,000 loss 0.1", Step(1200, 4000, 0.1)),
        ("step 12/10", None),
        ("the loss of a friend", None),
        ("", None),
    ],
)  # fmt: skip
def test_lines_of_trainers(line, told):
    """Steps, of how many, the loss, and what the bar says is left."""
    assert read_step(line) == told


def test_how_many_there_are_to_be_is_no_step():
    """The number of all steps alone tells nothing; with a loss, or as 10/10, it is the last one."""
    assert read_step("step: 1000", 1000) is None
    assert read_step("step 1000 loss 0.5", 1000) == Step(1000, None, 0.5)
    assert read_step("step 1000/1000", 1000) == Step(1000, 1000)
    assert read_step("step 999", 1000) == Step(999)


def test_bars_of_something_else_do_not_count():
    """Where it is known how many steps there are, a bar counts to as many, or tells a loss."""
    bar = "sampling lora: 50%|█ | 10/20 [00:10<00:10,  1.00s/it]"
    assert read_step(bar) == Step(10, 20, None, 10.0)
    assert read_step(bar, 1000) is None
    assert read_step("50%|█ | 500/1000 [00:10<00:10,  1.00s/it]", 1000) == Step(500, 1000, None, 10.0)


@given(some.text())
def test_nothing_that_is_written_raises(text):
    """Whatever is in a line."""
    told = read_step(text)
    assert told is None or told.step >= 0


@given(some.integers(0, 10**8), some.integers(1, 10**8), some.floats(0, 1e6))
def test_what_the_gateway_writes_comes_back(step, more, loss):
    """The step, how many there are, and the loss, to the digits that are written."""
    told = read_step(f"step {step}/{step + more} loss {loss:.4g}")
    assert told == Step(step, step + more, float(f"{loss:.4g}"))


@given(some.lists(some.tuples(some.integers(0, 10**6), some.floats(allow_nan=False, allow_infinity=False))))
def test_a_curve_comes_back_from_its_file(points):
    """In the order of steps, the last word for each."""
    text = "step,loss\n" + "".join(f"{step},{loss!r}\n" for step, loss in points)
    assert read_losses(text).points == tuple(sorted(dict(points).items()))


@given(some.text())
def test_no_text_of_an_output_raises(text):
    """A curve or none."""
    assert len(read_losses(text)) >= 0


@pytest.mark.parametrize(
    "text",
    [
        "a\rb",
        "steps: 1\rsteps: 2\r",
        "x" * 140_000,
        '"abc',
        '"' + "y\n" * 90_000,
        "",
        "x",
        "{",
        "[1",
        '{"loss": 1}',
        "[[1]]",
        '{"loss": ["a", null]}',
        "1",
        "nan,nan",
    ],
)
def test_what_is_no_curve_is_an_empty_one(text):
    """Damaged, or something else."""
    assert len(read_losses(text)) == 0


def test_a_curve_as_frame_and_picture():
    """Two columns; a picture of the size that was asked for, with the line on it."""
    curve = LossCurve(tuple((step, 1 / step) for step in range(1, 50)))
    frame = curve.to_frame()
    assert list(frame.columns) == ["step", "loss"]
    assert (frame["step"].max(), curve.lowest, curve.first) == (49, 1 / 49, 1.0)
    plot = curve.plot(width=320, height=200)
    assert plot.size == (320, 200)
    assert (38, 99, 235) in {colour for _, colour in plot.getcolors(100_000)}
    assert LossCurve(((1, 0.5),)).plot().size == (640, 320)
