"""The tree of errors: as drawn, exported, in one line, and whole after a pickle."""

import copy
import inspect
import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

import stationthis_sdk
from stationthis_sdk import errors
from stationthis_sdk.errors import (
    AmbiguousSubmit,
    BatchStopped,
    CapReached,
    Exchange,
    FeatureDisabled,
    MachineFailed,
    RunError,
    RunFailed,
    StationThisError,
    TimedOut,
    ValidationFailed,
)

EXCHANGE = Exchange("r1", "POST", "https://h/api/run", 500, 12.3)
CLASSES = [one for one in vars(errors).values() if inspect.isclass(one) and issubclass(one, StationThisError)]
FIELDS = {
    "problems": ("one", "two"),
    "suggestions": ("a", "b"),
    "candidates": ("c",),
    "status": 500,
    "body": {"detail": [1, None, "x"]},
    "retry_after": 1.5,
    "fields": {"a": "b"},
    "phase": "queue",
    "limit": 3.0,
    "state": "queued",
    "run_id": "run",
    "request": EXCHANGE,
    "submit_id": "submit",
    "flag": "cache",
    "machine": "a10g",
    "said": "Not Found",
    "month": "2026-11",
    "spent": 199.5,
    "cap": 200.0,
    "where": "STATIONTHIS_MONTHLY_CAP",
    "estimate": 0.75,
    "why": "budget",
}


def made(kind):
    """An error of that kind with every field it knows."""
    parameters = set()
    for one in kind.__mro__:
        if issubclass(one, StationThisError):
            parameters |= inspect.signature(one.__init__).parameters.keys()
            if "more" not in inspect.signature(one.__init__).parameters:
                break
    return kind("What happened.", **{name: value for name, value in FIELDS.items() if name in parameters})


def drawn():
    """Parent and depth of each class in the drawing."""
    parents, path = {}, []
    for line in errors.__doc__.splitlines():
        if found := re.match(r"    ([│├└─ ]*)([A-Z]\w+)\b", line):
            depth = len(found[1]) // 4
            del path[depth:]
            parents[found[2]] = path[-1] if path else None
            path.append(found[2])
    return parents


def test_the_tree_is_as_drawn():
    """The drawing in the module's docstring names every class under its real parent, and no other."""
    real = {
        kind.__name__: None if kind is StationThisError else kind.__bases__[0].__name__
        for kind in vars(errors).values()
        if inspect.isclass(kind) and issubclass(kind, StationThisError)
    }
    assert drawn() == real | {"BlockingCallWarning": None}


def test_every_class_is_exported():
    """Each error can be imported from the package itself."""
    for kind in [*CLASSES, errors.BlockingCallWarning]:
        assert kind.__name__ in errors.__all__
        assert kind.__name__ in stationthis_sdk.__all__
        assert getattr(stationthis_sdk, kind.__name__) is kind


@pytest.mark.parametrize("kind", CLASSES)
def test_an_error_comes_whole_out_of_a_pickle(kind):
    """A pickled or copied error has its class, text, notes and every field."""
    error = made(kind)
    error.add_note("seen in a test")
    again = [
        pickle.loads(pickle.dumps(error, protocol)) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
    ]
    for other in [*again, copy.copy(error), copy.deepcopy(error)]:
        assert type(other) is kind
        assert str(other) == str(error) == "What happened."
        assert other.args == error.args
        assert vars(other) == vars(error)
        assert other.__notes__ == ["seen in a test"]
        assert other.retryable == error.retryable
    assert {name for name in FIELDS if hasattr(error, name)} <= vars(error).keys()


def test_a_run_stays_behind():
    """A run belongs to its client: a pickled error has the run's id and no run."""
    error = RunFailed("It failed.", run=open, run_id="run")
    error.run = lambda: "holds a client, can't be pickled"
    again = pickle.loads(pickle.dumps(error))
    assert (again.run, again.run_id) == (None, "run")
    assert error.run is not None


def test_a_batch_stays_behind():
    """So does a batch."""
    error = BatchStopped("It stopped.", why="budget", batch=open)
    again = pickle.loads(pickle.dumps(error))
    assert (again.batch, again.why, error.batch) == (None, "budget", open)


@pytest.mark.parametrize("kind", CLASSES)
@given(text=some.text())
def test_an_error_is_one_line(kind, text):
    """Whatever is in the message, its text is one line and the words are kept."""
    needed = {
        TimedOut: {"phase": "read"},
        AmbiguousSubmit: {"submit_id": "s"},
        FeatureDisabled: {"flag": "cache"},
        MachineFailed: {"machine": "a10g"},
        BatchStopped: {"why": "budget"},
        CapReached: {"month": "2026-11", "spent": 1.0, "cap": 1.0, "where": "here"},
    }.get(kind, {})
    error = kind(text, **needed)
    assert len(str(error).splitlines()) <= 1
    assert str(error) == error.message
    assert str(error).split() == text.split()


def test_errors_are_python_s_own_kinds_too():
    """Code that knows nothing of us catches them as what they are."""
    assert issubclass(errors.InvalidInput, ValueError)
    assert issubclass(errors.NotFound, LookupError)
    assert issubclass(errors.TimedOut, TimeoutError)
    assert issubclass(errors.SaveFailed, OSError)
    assert issubclass(errors.MissingExtra, ImportError)


def test_what_may_be_tried_again():
    """T23: only what may succeed unchanged, and costs nothing twice, is retryable."""
    assert {kind.__name__ for kind in CLASSES if kind.retryable} == {
        "RateLimited", "ServerError", "ConnectionFailed", "ConnectionLost", "TimedOut", "CancelRefused", "DownloadFailed",
        "BatchBusy",
    }  # fmt: skip


def test_defaults():
    """Fields that were not given are there all the same."""
    assert errors.InvalidInput("no").problems == ("no",)
    assert ValidationFailed("no").fields == {}
    assert (RunError("no").run, RunError("no").run_id, RunError("no").request) == (None, None, None)
    assert str(EXCHANGE) == "POST https://h/api/run → 500 (12 ms, request r1)"
    assert str(Exchange("r", "GET", "u", error="refused")) == "GET u → refused (0 ms, request r)"
