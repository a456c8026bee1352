"""Feature flags: what a client may do at all.

The order, last wins: the environment (``STATIONTHIS_CACHE=off``), the profile's ``flags`` table, the argument.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.errors import ConfigError, FeatureDisabled

__all__ = ["Flags", "load_flags"]

_WORDS: Final = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


@attrs.frozen(kw_only=True)
class Flags:
    """What is switched on. What is off sends no request of its kind, and answers ``FeatureDisabled``.

    comfy_deploy: anything at all, answers from copies included. webhooks: asking the service to call back. cache:
    copies of answers on disk, and the memory of results and uploads; without it everything is asked anew, and a run
    with ``options(cache=True)`` is refused, as it would be paid for again unnoticed. uploads: files. sessions:
    interactive ones, which cost while they are open. ui_links: links to the service's own pages.
    legacy_endpoints: the endpoints of a self-hosted server of old, where today's are missing. local_fallback: runs
    on one's own ComfyUI when the cloud can't be reached. training: beginning trainings. collections: validating and
    cooking them.

    >>> Flags(uploads=False).uploads, Flags().local_fallback
    (False, False)
    """

    comfy_deploy: bool = True
    webhooks: bool = True
    cache: bool = True
    uploads: bool = True
    training: bool = True
    collections: bool = True
    sessions: bool = True
    ui_links: bool = True
    legacy_endpoints: bool = False
    local_fallback: bool = False

    def need(self, name: str) -> None:
        """Go on when this is switched on.

        Raises:
            FeatureDisabled: it is off.
        """
        if not getattr(self, name):
            raise FeatureDisabled(
                f"The flag {name} is off, so nothing was sent: switch it on with flags={{{name!r}: True}}, in the "
                f"profile, or with {variable_of(name)}=on.",
                flag=name,
            )


_NAMES: Final = tuple(field.name for field in attrs.fields(Flags))


def variable_of(name: str) -> str:
    """The environment variable of a flag.

    >>> variable_of("ui_links")
    'STATIONTHIS_UI_LINKS'
    """
    return f"STATIONTHIS_{name.upper()}"


def load_flags(
    given: "Flags | Mapping[str, bool] | None" = None,
    profile: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
) -> Flags:
    """Put the flags together: environment, then profile, then argument.

    Raises:
        ConfigError: a flag that does not exist, or a value that is neither on nor off.

    >>> load_flags({"cache": True}, {"sessions": False}, environ={"STATIONTHIS_CACHE": "off"}).cache
    True
    """
    if isinstance(given, Flags):
        return given
    if not isinstance(given, Mapping | None):
        raise ConfigError(
            f"flags is {type(given).__name__}: give Flags(…) or a dict, flags={{'cache': False}}."
        )
    env = os.environ if environ is None else environ
    flags: dict[str, bool] = {}
    for name in _NAMES:
        if written := env.get(variable_of(name), "").strip():
            flags[name] = _switch(variable_of(name), written)
    for place, values in (("The profile", profile or {}), ("flags", given or {})):
        for name, value in values.items():
            if name not in _NAMES:
                raise ConfigError(f"{place} has no flag {name!r}: there is {', '.join(_NAMES)}.")
            flags[name] = _switch(f"{place}: {name}", value)
    return Flags(**flags)


def _switch(place: str, value: object) -> bool:
    switched = value if isinstance(value, bool) else _WORDS.get(str(value).strip().lower())
    if switched is None:
        raise ConfigError(f"{place} is {value!r}: a flag is on or off.")
    return switched
