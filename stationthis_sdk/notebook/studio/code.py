"""The Python call that does what the form does: pure, and exact to the last digit."""

import keyword
import math
import os
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from stationthis_sdk.entities import Timeouts

__all__ = ["Named", "call_of", "got_by", "literal", "options_of"]

_WIDTH: Final = 88


@attrs.frozen
class Named:
    """A value that no literal says: ``code`` stands for it, ``told`` says what has to be there."""

    code: str
    told: str


def call_of(
    deployment: str,
    inputs: Mapping[str, Any],
    *,
    awaited: bool = False,
    options: Mapping[str, Any] | None = None,
) -> str:
    """The call of a deployment with these inputs; ``deployment`` is the expression that gets it.

    >>> print(call_of('st.deployments["portrait"]', {"prompt": "a fox", "seed": 7}))
    run = st.deployments["portrait"](prompt="a fox", seed=7)
    >>> print(call_of('st.deployments["portrait"]', {"my steps": 2}, awaited=True, options={"gpu": "T4"}))
    run = await (await st.deployments["portrait"]).options(gpu="T4")({"my steps": 2})
    """
    notes: list[str] = []
    got = f"(await {deployment})" if awaited else deployment
    before = "run = await " if awaited else "run = "
    if options:
        got += f".options({', '.join(f'{name}={_written(name, value, notes)}' for name, value in options.items())})"
    odd = {name: value for name, value in inputs.items() if not _is_keyword(name)}
    parts = []
    if odd:
        items = (f"{literal(name)}: {_written(name, value, notes)}" for name, value in odd.items())
        parts.append(f"{{{', '.join(items)}}}")
    parts += [f"{name}={_written(name, value, notes)}" for name, value in inputs.items() if name not in odd]
    call = f"{before}{got}({', '.join(parts)})"
    if len(call) > _WIDTH and parts:
        call = "\n".join([f"{before}{got}(", *(f"    {part}," for part in parts), ")"])
    if "Timeouts(" in call and options and "timeout" in options:
        notes.append("from stationthis_sdk import Timeouts")
    return "\n".join([*notes, call])


def literal(value: Any) -> str:
    r"""A value as Python reads it back: the same value, of the same type.

    >>> literal('say "no"'), literal("two\nlines"), literal(2**64), literal([1.5, None])
    ('\'say "no"\'', '"two\\nlines"', '18446744073709551616', '[1.5, None]')

    Raises:
        TypeError: there is no literal of it.
    """
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, str):
        return _text(str.__str__(value))
    if isinstance(value, int):
        try:
            return int.__repr__(value)
        except ValueError:  # thousands of digits
            return hex(value)
    if isinstance(value, float):
        return float.__repr__(value) if math.isfinite(value) else f'float("{float.__repr__(value)}")'
    if isinstance(value, list | tuple):
        inside = ", ".join(map(literal, value))
        if isinstance(value, list):
            return f"[{inside}]"
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{literal(key)}: {literal(one)}' for key, one in value.items())}}}"
    if isinstance(value, os.PathLike):
        return _text(os.fsdecode(value))
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == () and hasattr(value, "item"):
        return literal(value.item())
    raise TypeError(f"there is no literal of {type(value).__name__}")


def _text(value: str) -> str:
    r"""Double quotes where they need no more escapes than single ones.

    >>> _text("it's")
    '"it\'s"'
    """
    written = repr(value)
    if written[0] == "'" and '"' not in written:
        return f'"{written[1:-1]}"'
    return written


def _written(name: str, value: Any, notes: list[str]) -> str:
    if isinstance(value, Named):
        note = f"# {_shown(name)}: {_shown(value.told)}"
        if note not in notes:
            notes.append(note)
        return value.code
    if isinstance(value, Timeouts):
        changed = {
            field.name: given
            for field in attrs.fields(Timeouts)
            if (given := getattr(value, field.name)) != field.default
        }
        return f"Timeouts({', '.join(f'{one}={literal(given)}' for one, given in changed.items())})"
    if (
        isinstance(value, Sequence)
        and not isinstance(value, str | bytes)
        and any(isinstance(one, Named) for one in value)
    ):
        return f"[{', '.join(_written(name, one, notes) for one in value)}]"
    try:
        return literal(value)
    except (TypeError, RecursionError):
        return _written(
            name, Named(_variable(name), f"the {type(value).__name__} that the form was given"), notes
        )


def _variable(name: str) -> str:
    return name if _is_keyword(name) else "value"


def _is_keyword(name: str) -> bool:
    """Whether it can be a keyword of a call, and arrives as it is written: Python normalises names."""
    return (
        name.isidentifier()
        and not keyword.iskeyword(name)
        and name != "__debug__"
        and unicodedata.normalize("NFKC", name) == name
    )


def _shown(text: str) -> str:
    """One line that can't leave its comment."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:200]


def got_by(deployment: Any) -> str:
    """The expression that gets it again."""
    record = deployment.record
    if deployment.environment in {"", "production"}:
        return f"st.deployments[{literal(deployment.name)}]"
    if record.share_slug and deployment.environment.endswith("share"):
        return f"st.deployments.shared({literal(record.share_slug)})"
    return f"st.deployments.get({literal(deployment.name)}, environment={literal(deployment.environment)})"


def options_of(options: Any, usual: Timeouts) -> dict[str, Any]:
    """What a deployment is run with, where that is not the client's own way; ``usual`` are the client's time limits."""
    told: dict[str, Any] = {}
    if options.timeouts != usual:
        only_total = (
            attrs.evolve(options.timeouts, total=usual.total) == usual and options.timeouts.total is not None
        )
        told["timeout"] = options.timeouts.total if only_total else options.timeouts
    if options.webhook is not None:
        told["webhook"] = Named(
            "webhook", "the address that hears of it; it holds a token, so it is not written here"
        )
    named = ("gpu", "cache", "allow_unknown", "on_interrupt", "tags")
    plain = type(options)(Timeouts())
    for name in named:
        value = getattr(options, name)
        if value != getattr(plain, name):
            told[name] = list(value) if isinstance(value, tuple) else value
    return told
