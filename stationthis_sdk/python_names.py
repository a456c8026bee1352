"""What deployments are called in Python: a name for each, the same today and tomorrow, and never of another. Pure."""

import hashlib
import keyword
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Generic, Protocol, TypeVar

import attrs

from stationthis_sdk.entities import DeploymentRecord
from stationthis_sdk.entities.deployments import ENVIRONMENTS

__all__ = ["Names", "class_names", "names_of", "python_name"]

_LONGEST = 60


class _Deployment(Protocol):
    """What has a name, and is in an environment."""

    @property
    def record(self) -> DeploymentRecord:
        """What is known of it."""


D = TypeVar("D", bound=_Deployment)


@attrs.frozen
class Names(Generic[D]):
    """Deployments by Python name; ``shared`` are names that several would have, with what each is called instead."""

    found: Mapping[str, D]
    shared: Mapping[str, tuple[str, ...]]


def names_of(deployments: Iterable[D]) -> Names[D]:
    """Give each a name: of one in several environments the one that ``st.deployments`` would take.

    Names that would be the same get an ending made from the deployment's own name, so that none changes its meaning
    when another comes. Two workflows of one name have none; their ids stand in ``shared``.
    """
    by_name: dict[str, list[D]] = {}
    for one in deployments:
        by_name.setdefault(one.record.name, []).append(one)
    by_python: dict[str, list[str]] = {}
    for name in sorted(by_name):
        by_python.setdefault(python_name(name), []).append(name)
    found: dict[str, D] = {}
    shared: dict[str, tuple[str, ...]] = {}
    for plain, names in by_python.items():
        called = {name: plain if len(names) == 1 else _ended(plain, name) for name in names}
        if len(names) > 1:
            shared[plain] = tuple(called.values())
        for name, python in called.items():
            best = min(by_name[name], key=_rank)
            rivals = {one.record.workflow_id for one in by_name[name]}
            if len(rivals) > 1 or python in found:
                shared[python] = tuple(one.record.id for one in by_name[name])
            else:
                found[python] = best
    return Names(found, shared)


def python_name(name: str) -> str:
    """The name as Python writes names.

    >>> [python_name(name) for name in ("text-to-picture", "Über Alles!", "3D", "class", "__class__")]
    ['text_to_picture', 'über_alles', 'deployment_3d', 'class_', 'class_']
    """
    folded = _normal(_normal(name).casefold())
    letters = "".join(letter if f"a{letter}".isidentifier() else "_" for letter in folded)
    plain = re.sub("_+", "_", _normal(letters)).strip("_") or "deployment"
    if not plain.isidentifier():
        plain = f"deployment_{plain}"
    if len(plain) > _LONGEST:
        plain = _ended(plain, name)
    return f"{plain}_" if keyword.iskeyword(plain) else plain


def class_names(names: Iterable[str]) -> dict[str, str]:
    """A class for each Python name; none is called as a deployment is.

    >>> class_names(["none", "text_to_picture"])
    {'none': 'None_', 'text_to_picture': 'TextToPicture'}
    """
    taken = set(names := sorted(names))
    classes: dict[str, str] = {}
    for name in names:
        called = _normal("".join(part[:1].upper() + part[1:] for part in name.split("_"))) or "Deployment"
        if keyword.iskeyword(called):
            called += "_"
        if called in taken or not called.isidentifier():
            called = f"Deployment_{_hash(name)}"
        taken.add(called)
        classes[name] = called
    return classes


def _ended(plain: str, name: str) -> str:
    return f"{_normal(plain[: _LONGEST - 7]).strip('_')}_{_hash(name)}"


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:6]


def _normal(text: str) -> str:
    """As Python reads names: two spellings of one letter are one."""
    return unicodedata.normalize("NFKC", text)


def _rank(one: _Deployment) -> int:
    environment = one.record.environment
    return ENVIRONMENTS.index(environment) if environment in ENVIRONMENTS else len(ENVIRONMENTS)
