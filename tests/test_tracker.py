"""Whatever order answers arrive in, the same is known in the end."""

from functools import reduce

import attrs
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.entities import OutputItem, RunRecord, RunState
from stationthis_sdk.tracker import merge

LIVE = some.sampled_from(["not-started", "queued", "started", "running", "uploading", "defrosting"])
ENDS = some.sampled_from(sorted(RunState.FINAL))
INPUTS = {"prompt": "a fox", "seed": 7}
FIRST = RunRecord("run")


@some.composite
def outputs(draw):
    """Some of five outputs, each with a signature of its own, some details left out as webhooks do."""
    items = []
    for number in draw(some.sets(some.integers(1, 5), max_size=4)):
        signature = draw(some.integers(1, 3))
        name = draw(some.sampled_from([None, f"name{number}"]))
        items.append(
            OutputItem(
                "image",
                f"https://h/{number}.png?X-Amz-Signature={signature}",
                filename=f"{number}.png",
                entry_id=str(number),
                output_id=name,
            )
        )
    return tuple(items)


def answers(states=LIVE):
    return some.builds(
        RunRecord,
        id=some.just("run"),
        state=states.map(RunState),
        fraction=some.floats(0, 1),
        live_status=some.sampled_from(["", "KSampler", "SaveImage"]),
        queue_position=some.none() | some.integers(0, 9),
        inputs=some.sampled_from([{}, INPUTS]),
        outputs=outputs(),
        gpu=some.sampled_from([None, "A10G"]),
        duration=some.sampled_from([None, 2.5]),
    )


def known_after(told):
    return reduce(merge, told, FIRST)


@some.composite
def a_run_told_twice(draw):
    """Answers about one run, with one end among them, in two orders and with repetitions."""
    end = draw(ENDS)
    said = [
        *draw(some.lists(answers(), max_size=5)),
        *draw(some.lists(answers(some.just(end)), min_size=1, max_size=2)),
    ]
    again = draw(some.lists(some.sampled_from(said), max_size=4))
    return draw(some.permutations(said)), draw(some.permutations([*said, *again]))


@given(a_run_told_twice())
def test_the_order_of_answers_does_not_matter(told):
    """With an end among them, any order and repetition of the same answers leads to the same knowledge."""
    one, other = known_after(told[0]), known_after(told[1])
    assert one.state == other.state
    assert one.state.final
    assert one.fraction == other.fraction
    assert one.inputs == other.inputs
    assert {item.identity for item in one.outputs} == {item.identity for item in other.outputs}
    assert {item.output_id for item in one.outputs} == {item.output_id for item in other.outputs}
    assert (one.gpu, one.duration) == (other.gpu, other.duration)


@given(some.lists(answers(LIVE | ENDS), min_size=1))
def test_nothing_goes_back(told):
    """T3: with each answer the state stays or moves forward, the fraction never shrinks, no output is lost."""
    known = FIRST
    for answer in told:
        after = merge(known, answer)
        assert after.state.rank >= known.state.rank
        assert after.state == known.state or not known.state.final
        assert after.fraction >= known.fraction
        assert {item.identity for item in after.outputs} >= {item.identity for item in known.outputs}
        assert {item.identity for item in after.outputs} >= {item.identity for item in answer.outputs}
        assert len({item.identity for item in after.outputs}) == len(after.outputs)
        known = after


@given(some.lists(answers(LIVE | ENDS), min_size=1))
def test_the_same_answer_again_changes_nothing(told):
    """A duplicate of the newest answer changes nothing at all."""
    known = known_after(told)
    assert merge(known, told[-1]) == known
    assert merge(known, known) == known


@given(some.lists(answers(LIVE | ENDS)), ENDS, some.lists(answers(LIVE | ENDS)))
def test_the_first_end_that_was_heard_stays(before, end, after):
    """T3: when different ends are told, the first one heard is kept."""
    ends = [answer.state for answer in before if answer.state.final]
    known = known_after([*before, RunRecord("run", RunState(end)), *after])
    assert known.state == (ends[0] if ends else end)
    assert known.queue_position is None


def test_a_renewed_link_replaces_the_old_one():
    """A link with a new signature takes the place of the old one, and keeps what the newer answer leaves out."""
    old = OutputItem("image", "https://h/a.png?sig=old", filename="a.png", output_id="final", entry_id="e")
    new = attrs.evolve(old, url="https://h/a.png?sig=new", output_id=None)
    other = OutputItem("text", text="a caption", entry_id="f")
    merged = merge(RunRecord("run", outputs=(old, other)), RunRecord("run", outputs=(new,))).outputs
    assert merged == (attrs.evolve(new, output_id="final"), other)


def test_pictures_behind_one_address_stay_apart():
    """Two files that differ only in the query of their address are two outputs."""
    items = tuple(OutputItem("image", f"http://h/view?filename={n}", filename=n) for n in ("a.png", "b.png"))
    assert merge(RunRecord("run"), RunRecord("run", outputs=items)).outputs == items


def test_what_is_left_out_is_kept():
    """An answer without inputs or times does not take them away."""
    full = RunRecord("run", RunState("running"), inputs=INPUTS, gpu="A10G", live_status="KSampler")
    merged = merge(full, RunRecord("run", RunState("success")))
    assert (merged.inputs, merged.gpu, merged.live_status) == (INPUTS, "A10G", "KSampler")
