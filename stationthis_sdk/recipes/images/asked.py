"""What ``make_image`` is asked for, checked as far as that needs no deployment: all faults at once. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.fields import is_blank
from stationthis_sdk.options import check_tags, total_seconds
from stationthis_sdk.recipes.images.chains import Chain, chain_of
from stationthis_sdk.recipes.images.each_run import counted_up, seed_of
from stationthis_sdk.recipes.images.loras import read_tags
from stationthis_sdk.recipes.images.words import MEDIA_WORDS, Words

__all__ = ["ENDS", "MOST", "Asked", "check_asked", "faults_of_prompt"]

MOST: Final = 100
"""So many of one prompt; more are a batch, which goes on after a crash."""
ENDS: Final = ("failed", "cancelled", "timeout")
"""How a run may end that is made again where ``retry`` says so."""


@attrs.frozen
class Asked:
    """What is asked for. ``workflow`` None is left to preferences and settings; ``seeds`` has one for each of n."""

    words: Mapping[str, Any]
    seed_word: str | None
    seeds: tuple[Any, ...]
    workflow: Chain | None
    fallback: tuple[Chain, ...]
    user: str | None
    retry: Mapping[str, int]
    after_a_run: bool
    timeout: float | None
    tags: tuple[str, ...]
    environment: str | None
    problems: tuple[str, ...] = ()
    """What can't be meant; what is as it should be all the same tells what else is wrong."""

    @property
    def n(self) -> int:
        """How many."""
        return len(self.seeds)


def check_asked(
    prompt: Any,
    workflow: Any,
    fallback: Any,
    words: Mapping[str, Any],
    *,
    table: Words,
    n: Any = 1,
    user: Any = None,
    retry: Any = 0,
    after_a_run: bool = False,
    timeout: Any = None,
    tags: Any = (),
    environment: str | None = None,
) -> Asked:
    """What is asked for; its ``problems`` list everything that can't be meant."""
    problems: list[str] = []
    told = dict(words)
    if prompt is not None:
        told["prompt"] = prompt
        if found := [*faults_of_prompt("prompt", prompt)]:
            problems += found
            told["prompt"] = "a picture"  # so that other faults are found as well
    elif not any(table.meaning(word) in MEDIA_WORDS | {"prompt"} for word in told):
        problems.append("prompt: say what to make, or give a picture to start from")
        told["prompt"] = "a picture"  # likewise
    seed_words = sorted(
        (word for word in told if table.meaning(word) == "seed"), key=lambda word: word != "seed"
    )
    seeds = _seeds(told.pop(seed_words[0]) if seed_words else None, n, problems)
    chains: list[Chain] = []
    listed = _listed(fallback)
    for given in ([] if workflow is None else [workflow], listed):
        for one in given:
            try:
                chains.append(chain_of(one))
            except InvalidInput as error:
                problems.append(f"workflow: {error.message}")
    if user is not None and (not isinstance(user, str) or not user.strip()):
        problems.append(f"user: a text that tells people apart, not {user!r}")
        user = None
    retries = _retries(retry, problems)
    checks: tuple[tuple[str, Callable[[Any], Any], Any], ...] = (
        ("timeout", total_seconds, timeout),
        ("tags", check_tags, tags),
    )
    kept: dict[str, Any] = {}
    for name, check, value in checks:
        try:
            if value is not None:
                kept[name] = check(value)
        except InvalidInput as error:
            problems.append(error.message)
        except TypeError:
            problems.append(f"{name}: a text, or several, not {value!r}")
    return Asked(
        told,
        seed_words[0] if seed_words else None,
        seeds,
        None if workflow is None or not chains else chains[0],
        tuple(chains if workflow is None else chains[1:]),
        user,
        retries,
        after_a_run,
        kept.get("timeout"),
        kept.get("tags", ()),
        environment,
        tuple(problems),
    )


def faults_of_prompt(word: str, prompt: Any) -> Iterator[str]:
    """What is wrong with a prompt, whatever it is called."""
    if not isinstance(prompt, str):
        yield f"{word}: wants text, got {type(prompt).__name__}"
    elif is_blank(prompt):
        yield f"{word}: says nothing, got {prompt[:40]!r}; say what to make"
    else:
        yield from read_tags(prompt)[2]


def _listed(fallback: Any) -> Sequence[Any]:
    """Fallbacks as people give them: one, or several in any collection that can be gone through."""
    if fallback is None:
        return ()
    if isinstance(fallback, str | Mapping) or _is_pair(fallback) or not isinstance(fallback, Iterable):
        return (fallback,)
    return tuple(fallback)


def _seeds(given: Any, n: Any, problems: list[str]) -> tuple[Any, ...]:
    """A seed for each: as listed, else counted up from the first; None is drawn."""
    if not isinstance(n, int) or isinstance(n, bool) or not 1 <= n <= MOST:
        more = "; st.deployments[…].map(rows) makes any number" if isinstance(n, int) and n > MOST else ""
        problems.append(f"n: how many, from 1 to {MOST}, not {n!r}{more}")
        return counted_up(None if _is_list(given) else given, 1)
    if not _is_list(given):
        return counted_up(given, n)
    seeds = [seed_of(one) for one in given]
    if len(seeds) != n:
        problems.append(f"seed: n is {n}, and there are {len(seeds)} seeds: give one, or as many as n")
        return (None,) * n
    told = [one for one in seeds if one is not None]
    if any(one in told[:place] for place, one in enumerate(told)):
        problems.append("seed: some are the same, and would make the same picture at full price")
        return (None,) * n
    return tuple(seeds)


def _is_list(given: Any) -> bool:
    return isinstance(given, list | tuple | range) or len(getattr(given, "shape", ())) == 1


def _retries(retry: Any, problems: list[str]) -> dict[str, int]:
    """How often each end is made again: a number is for ends that may not come again."""
    if retry is None:
        return {}
    given = (
        {"cancelled": retry, "timeout": retry}
        if isinstance(retry, int) and not isinstance(retry, bool)
        else retry
    )
    whole = isinstance(given, Mapping) and all(
        end in ENDS and isinstance(times, int) and not isinstance(times, bool) and 0 <= times <= MOST
        for end, times in given.items()
    )
    if not whole:
        problems.append(f"retry: how often, or that by how a run ends ({', '.join(ENDS)}), not {retry!r}")
        return {}
    return dict(given)


def _is_pair(given: Any) -> bool:
    """Whether it is a step with its words, not a list of two."""
    return isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], Mapping)
