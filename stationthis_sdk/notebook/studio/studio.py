"""The studio itself: the form on one side, what comes of it on the other."""

import contextlib
import threading
import time
import uuid
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import ipywidgets as w
from markupsafe import Markup

from stationthis_sdk import portal, sync
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.graphs.seeds import unexposed_seeds
from stationthis_sdk.notebook.budget import budget
from stationthis_sdk.notebook.html import bundle, card, clipped, h, inputs_table
from stationthis_sdk.notebook.links import unsigned_text
from stationthis_sdk.notebook.studio.board import Board, job_title
from stationthis_sdk.notebook.studio.code import Named, call_of, got_by
from stationthis_sdk.notebook.studio.desk import Desk, Job
from stationthis_sdk.notebook.studio.fields import Seed
from stationthis_sdk.notebook.studio.form import Form
from stationthis_sdk.notebook.studio.models import Picker, offer_models
from stationthis_sdk.notebook.studio.parts import CodeView
from stationthis_sdk.notebook.studio.sender import Sender
from stationthis_sdk.notebook.texts import clean
from stationthis_sdk.notebook.where import cell_of
from stationthis_sdk.notebook.widgets import shut
from stationthis_sdk.twins import is_sync, twin

__all__ = ["Studio"]

_STYLE: Final = Path(__file__).with_name("style.css").read_text("utf-8")
_DOUBLE_CLICK: Final = 0.7
"""Seconds for which the button, free again, takes no press: it would be the second half of the one before."""
_MOST_AT_ONCE: Final = 100
_displayed: Final[dict["Studio", tuple[str, str]]] = {}
"""What stands on pages, and which run of which cell shows it: nobody else need hold it."""


class Studio:
    """A form made from a deployment's inputs; see ``Deployment.studio``.

    Runs are sent and followed in the background: the kernel stays free. Closing it leaves them running.

    Example:
        >>> from stationthis_sdk import StationThis
        >>> st = StationThis(local=True)
        >>> studio = st.deployments["text-to-picture"].studio(prompt="a lighthouse", steps=2)
        >>> print(studio.code)
        run = st.deployments["text-to-picture"](prompt="a lighthouse", steps=2)
        >>> studio.run()
        >>> [run.state for run in studio.wait()]
        ['success']
        >>> studio.close()
        >>> st.close()
    """

    def __init__(self, deployment: Any, inputs: Mapping[str, Any]) -> None:
        self._deployment = deployment
        self._sender = quiet = Sender(twin(deployment).options(progress="off"))
        self._form = Form(quiet.name, quiet.inputs, inputs, allow_unknown=quiet.allow_unknown)
        self._desk = Desk(
            quiet,
            told=_weak(self._tell),
            faults=_weak(self._refused),
            note=_weak(self._say),
            idle=_weak(self._idle),
        )
        self._board = Board(self._desk.cancel, _weak(self._use_job), _weak(self._kept))
        self._code = CodeView()
        self._free_since = float("-inf")
        self._notes: list[tuple[str, bool]] = []
        # What is said and shown comes from the kernel's thread and the SDK's loop; a collector may come in between.
        self._lock = threading.RLock()
        self._static_id = ""
        self._build()
        self._form.watch(_weak(self._changed))
        self._changed()
        self._offered = False
        self._end = weakref.finalize(self, _ended, self._desk, self._form, self._board, self._widgets)
        self._end.atexit = False

    def _build(self) -> None:
        self._run_button = w.Button(
            description="Run", icon="play", button_style="primary", tooltip="Run it with these inputs"
        )
        self._run_button.add_class("st-run")
        self._run_button.on_click(_weak(self._pressed))
        self._cancel_button = w.Button(
            description="Cancel",
            icon="stop",
            disabled=True,
            tooltip="Cancel all that is under way, on the service",
        )
        self._cancel_button.add_class("st-cancel")
        self._cancel_button.on_click(_weak(self._cancel_pressed))
        self._count = w.BoundedIntText(
            value=1, min=1, max=_MOST_AT_ONCE, tooltip="How many runs, each with a new seed"
        )
        self._count.add_class("st-count")
        self._many = w.HTML(clean(h.span(".st-hint")["×"]))
        buttons = w.HBox([self._run_button, self._many, self._count, self._cancel_button])
        buttons.add_class("st-bar-of-buttons")
        self._said = w.HTML(layout={"display": "none"})
        left = w.VBox([self._form.widget, buttons, self._said, self._code])
        left.add_class("st-left")
        panes = w.HBox([left, self._board.widget])
        panes.add_class("st-panes")
        self._head = w.HTML()
        self._style = w.HTML()
        self._draw_head()
        self.widget = w.VBox([self._style, self._head, panes])
        self.widget.add_class("st-studio")
        self._widgets = (
            self._run_button, self._cancel_button, self._count, self._many, buttons, self._said, left, panes, self._head,
            self._style, self._code, self.widget,
        )  # fmt: skip

    def _draw_head(self) -> None:
        deployment = twin(self._deployment)
        facts = [deployment.environment, f"version {deployment.version}" if deployment.version else ""]
        self._head.value = clean(
            h.div(".st-label")[
                h.b(style="font-size:1.15em")[clipped(clean(deployment.name), 120)],
                [h.span(".st-hint")[one] for one in facts if one],
                h.span(".st-about")[clipped(clean(deployment.description), 200)]
                if deployment.description
                else None,
            ]
        )
        hidden = f"#{self._static_id}{{display:none}}" if self._static_id else ""
        self._style.value = clean(h.style[_css(hidden)])

    # what code and tests use

    @property
    def values(self) -> dict[str, Any]:
        """The inputs as they stand in the form: those that differ from the defaults."""
        return self._form.values

    @property
    def runs(self) -> list[Any]:
        """What it has started, the oldest first."""
        wrapped = sync.Run._of if is_sync(self._deployment) else (lambda run: run)  # noqa: SLF001 - twins
        return [wrapped(job.run) for job in self._desk.jobs if job.run is not None]

    @property
    def code(self) -> str:
        """The Python call that does what Run does."""
        deployment, options = twin(self._deployment), self._sender.told_options
        if not (deployment.environment or deployment.record.graph or deployment.record.input_types):
            options.pop("allow_unknown", None)  # what declares nothing takes anything by itself
        return call_of(
            got_by(deployment), self._form.shown, awaited=not is_sync(self._deployment), options=options
        )

    def use(self, **inputs: Any) -> None:
        """Fill the form with these inputs, and the defaults of all others.

        Raises:
            InvalidInput: one does not fit; ``problems`` lists all.
        """
        misfits = self._form.put(inputs)
        unknown = [name for name in inputs if name not in self._form.controls]
        problems = [f"{name}: {clipped(value, 80)} does not fit here" for name, value in misfits.items()]
        problems += [f"there is no input {name!r}" for name in unknown]
        self._form.tell(problems)
        self._changed()
        if problems:
            raise InvalidInput(f"The form was filled without this: {'; '.join(problems)}.", problems=problems)

    def run(self, count: int = 1) -> None:
        """Send it, as the button does, and go on at once: ``runs`` has them as soon as they are answered.

        count: how many; each has a seed of its own where the seed is drawn, else there is only one: others would be the
        same, and cost.
        """
        self._desk.need_open()
        if type(count) is not int or not 1 <= count <= _MOST_AT_ONCE:
            raise InvalidInput(f"count is a number of runs, 1 to {_MOST_AT_ONCE}; not {count!r}.")
        self._hush()
        troubles = self._form.troubles
        self._form.tell(troubles)
        if troubles:
            return
        if count > 1 and not self._differ():
            self._say(
                f"One run was sent, not {count}: with these inputs all would be the same, and each would cost. "
                "Switch the dice on, or change something between them."
            )
            count = 1
        self._desk.send(self._form.values, count)
        self._buttons()

    def cancel(self) -> None:
        """Cancel what is under way, on the service; what was not sent yet is not sent. Returns at once."""
        self._desk.cancel()

    def wait(self) -> list[Any]:
        """Wait until all that was sent has ended, and return ``runs``; for scripts: a cell that waits blocks the kernel."""
        portal.call(self._desk.settled())
        return self.runs

    def close(self) -> None:
        """End it: nothing is followed any more, and what runs goes on."""
        _displayed.pop(self, None)
        self._end()

    # what happens in it

    def _pressed(self, _: Any) -> None:
        """The button; a double click is one press, and so are those of somebody who can't wait for a slow answer."""
        desk = self._desk
        if not (desk.closed or desk.sending or time.monotonic() - self._free_since < _DOUBLE_CLICK):
            self.run(self._count.value)

    def _cancel_pressed(self, _: Any) -> None:
        self._cancel_button.disabled = True
        self.cancel()

    def _changed(self) -> None:
        with self._lock:
            code = clean(self.code)
            if code != self._code.code:
                self._code.code = code

    def _differ(self) -> bool:
        """Whether runs with these inputs differ from each other."""
        seeds = [one for one in self._form.controls.values() if isinstance(one, Seed)]
        if any(seed.drawn for seed in seeds):
            return True
        graph = twin(self._deployment).record.graph
        return graph is None or bool(unexposed_seeds(graph))

    def _tell(self, job: Job) -> None:
        """A run got on; on the SDK's loop."""
        newest = next((one.run for one in reversed(self._desk.jobs) if one.run is not None), None)
        if newest is not None and newest is job.run:  # an older one that gets on drew its seed before
            for name, control in self._form.controls.items():
                if isinstance(control, Seed) and isinstance(seed := newest.inputs.get(name), int):
                    control.latest = seed
        self._board.tell(job)
        if job.ended and job.error:
            self._say(f"#{job.number}: {job.error}", wrong=True)
        self._buttons()

    def _buttons(self) -> None:
        with self._lock:
            self._run_button.disabled = self._desk.sending
            self._cancel_button.disabled = not self._desk.can_cancel

    def _idle(self) -> None:
        """Some were sent, or were not to be."""
        self._free_since = time.monotonic()
        self._buttons()

    def _refused(self, error: InvalidInput) -> None:
        for problem in self._form.tell(error.problems):
            self._say(problem, wrong=True)

    def _say(self, text: str, *, wrong: bool = False) -> None:
        with self._lock:
            self._notes = [*self._notes[-3:], (unsigned_text(text), wrong)]
            told = [
                h.div(f".st-said{'.st-wrong' if one_wrong else ''}", role="status")[clipped(one)]
                for one, one_wrong in self._notes
            ]
            self._said.value = clean(h.div[told])
            self._said.layout.display = None

    def _hush(self) -> None:
        with self._lock:
            self._notes = []
            self._said.value, self._said.layout.display = "", "none"
        self._form.tell(())

    def _use_job(self, job: Job) -> None:
        """The inputs of a run once more, with the seed it had."""
        seeds = [name for name, one in self._form.controls.items() if isinstance(one, Seed)]
        sent = {} if job.run is None else job.run.inputs
        again = {**job.given, **{name: sent[name] for name in seeds if name in sent}}
        misfits = self._form.put(again)
        self._form.tell(
            [f"{name}: {clipped(value, 80)} does not fit here any more" for name, value in misfits.items()]
        )
        self._changed()

    # what is seen of it

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002 - IPython's form
        """The widgets where there are some, beside what can be read without a kernel."""
        data = {"text/plain": repr(self), **bundle(self._static())}
        if not self._desk.closed:
            self._note_displayed()
            data.update(self.widget._repr_mimebundle_() or {})
            data["text/plain"] = repr(self)
        return data

    def _ipython_display_(self) -> None:
        """The widgets, and below them what a saved notebook shows instead: hidden as long as the widgets are there."""
        from IPython.display import display  # noqa: PLC0415 - whoever calls this has it

        show: Callable[..., Any] = display
        if not self._desk.closed:
            self._static_id = self._static_id or f"stationthis-{uuid.uuid4().hex}"
            self._draw_head()
            view = {"text/plain": repr(self), **(self.widget._repr_mimebundle_() or {})}
            self._note_displayed()
            show(view, raw=True)
            self._show_static(show)
        else:
            show(self._repr_mimebundle_(), raw=True)

    def _show_static(self, show: Any) -> None:
        with contextlib.suppress(Exception):  # what is read later must not stop what is done now
            static = h.div(id=self._static_id)[self._static()]
            show({"text/plain": "", **bundle(static)}, raw=True, display_id=self._static_id)

    def _kept(self) -> None:
        if self._static_id:
            from IPython.display import update_display  # noqa: PLC0415 - likewise

            self._show_static(update_display)

    def _note_displayed(self) -> None:
        """A cell that is run again ends what it showed before."""
        cell, cell_run = cell_of()
        _displayed[self] = (cell, cell_run)
        if cell:
            for one in [one for one, (its, run) in _displayed.items() if its == cell and run != cell_run]:
                one.close()
        pickers = [one for one in self._form.controls.values() if isinstance(one, Picker)]
        if pickers and not self._offered:
            self._offered = True
            portal.begin(offer_models(self._sender.models, pickers, _weak(self._say)))

    def __repr__(self) -> str:
        closed = ", closed" if self._desk.closed else ""
        return f"<studio of {twin(self._deployment).name!r}: {len(self.runs)} runs{closed}>"

    def _static(self) -> Any:
        """Its values and its pictures, for readers without a kernel."""
        room, taken = budget().room(f"studio {id(self)}"), 0
        tiles = []
        for job in self._board.history:
            small = self._board.pictures.get(str(job.number))
            if small is None or taken + small.written > room:
                tiles.append(h.figure[h.div(".st-note")[clipped(job_title(job), 120), f" · {job.state}"]])
                continue
            taken += small.written
            picture = h.img(src=small.uri, width=str(small.width), height=str(small.height), alt="")
            tiles.append(
                h.figure[picture, h.figcaption(style="max-width:144px")[clipped(job_title(job), 60)]]
            )
        budget().take(f"studio {id(self)}", taken)
        values = {name: _told(value) for name, value in self._form.shown.items()}
        return card(
            h.div(".st-head")[h.b[clipped(twin(self._deployment).name, 120)], h.span(".st-dim")["studio"]],
            inputs_table(values) if values else h.div(".st-dim")["All inputs as the workflow has them."],
            h.div(".st-pictures")[tiles] if tiles else None,
            h.pre(style="white-space:pre-wrap;font-size:12px;color:inherit;background:none")[self.code],
        )


def _told(value: Any) -> Any:
    """A value as it is read."""
    if isinstance(value, list):
        return [_told(one) for one in value]
    return value.told if isinstance(value, Named) else value


def _weak(method: Any) -> Callable[..., Any]:
    """A callback that does not keep its studio alive."""
    reference = weakref.WeakMethod(method)

    def called(*arguments: Any, **more: Any) -> None:
        here = reference()
        if here is not None:
            here(*arguments, **more)

    return called


def _ended(desk: Desk, form: Form, board: Board, widgets: tuple[Any, ...]) -> None:
    desk.close()
    form.close()
    board.close()
    shut(*widgets)


def _css(more: str) -> Any:
    return Markup(_STYLE + more)  # noqa: S704 - a file and an id of ours
