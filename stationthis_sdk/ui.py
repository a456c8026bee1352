"""Links to the service's own pages."""

import re
from collections.abc import Mapping
from typing import Final, Protocol
from urllib.parse import quote, unquote, urlsplit

from stationthis_sdk.config import Settings
from stationthis_sdk.entities import is_uuid
from stationthis_sdk.errors import ConfigError, InvalidInput
from stationthis_sdk.logs import redact

__all__ = ["Linked", "Links"]

KINDS: Final = ("workflow", "deployment", "run", "session", "machine")
EXAMPLE: Final = "https://app.comfydeploy.com/{kind}s/{id}"
# The gateway has one page, with a part for each of these.
GATEWAY: Final = {
    "workflow": "#deployments",
    "deployment": "#deployments",
    "run": "#runs",
    "session": "#session={id}",
    "machine": "#machines",
}
# What stands in no address: left over of a template, or would end the address on a page that shows it.
_ODD: Final = re.compile(r"""[{}\s\\"'<>`^|]""")
SHORTEST_KEY: Final = 6


class Linked(Protocol):
    """What has an id."""

    @property
    def id(self) -> str:
        """The service's id."""


class Links:
    """Links to the service's own pages, of things or their ids; nothing is sent.

    The addresses are yours to say, as the service promises none: ``STATIONTHIS_UI_URL``, or ``ui_url`` of the profile,
    is a template like ``https://app.comfydeploy.com/{kind}s/{id}``. In the profile it may be a table with one a kind.
    Without it, a service on this machine is taken for the local gateway, which has a page at its root.

    Example:
        >>> from stationthis_sdk.config import load_settings
        >>> where = {"STATIONTHIS_UI_URL": "https://app.comfydeploy.com/{kind}s/{id}"}
        >>> Links(load_settings("k", environ=where)).run("5ea8723e-4701-4d69-8604-8932801f2083")
        'https://app.comfydeploy.com/runs/5ea8723e-4701-4d69-8604-8932801f2083'
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __repr__(self) -> str:
        return f"<ui: {', '.join(f'{kind}(…)' for kind in KINDS)}>"

    def workflow(self, workflow: str | Linked) -> str:
        """The page of a workflow.

        Raises:
            ConfigError: no address is set, or it is none.
            InvalidInput: neither an id nor a workflow.
            FeatureDisabled: the flag ui_links is off.
        """
        return self._link("workflow", workflow)

    def deployment(self, deployment: str | Linked) -> str:
        """The page of a deployment; raises as ``workflow``."""
        return self._link("deployment", deployment)

    def run(self, run: str | Linked) -> str:
        """The page of a run; raises as ``workflow``."""
        return self._link("run", run)

    def session(self, session: str | Linked) -> str:
        """The page of a session, which is the service's: ``session.url`` is ComfyUI itself; raises as ``workflow``."""
        return self._link("session", session)

    def machine(self, machine: str | Linked) -> str:
        """The page of a machine; raises as ``workflow``."""
        return self._link("machine", machine)

    def _link(self, kind: str, of: object) -> str:
        self._settings.flags.need("ui_links")
        thing = id_of(kind, of)
        template = self._template(kind)
        # Not str.format: that would follow attributes.
        link = template.replace("{kind}", kind).replace("{id}", quote(thing, safe=""))
        try:
            parts = urlsplit(link)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
            # An id may name a host within a domain, but is none.
            named = "{id}" not in urlsplit(template).netloc or bool(re.fullmatch(r"[\w-]+", thing, re.ASCII))
        except ValueError:
            usable = named = False
        if not usable or not named or _ODD.search(link) or "@" in parts.netloc or not link.isprintable():
            raise ConfigError(
                f"The address of a {kind}'s page can't be used: it is a web address with {{id}}, and {{kind}} where "
                f"that is in it, like {EXAMPLE}, and nobody's name or password."
            )
        key = self._settings.api_key.reveal()
        if len(key) >= SHORTEST_KEY and (key in link or key in unquote(link)):
            raise ConfigError(
                f"The link to a {kind}'s page would hold the API key: take it out of STATIONTHIS_UI_URL, or of "
                "ui_url in the profile; whoever opens the page signs in there."
            )
        return link

    def _template(self, kind: str) -> str:
        pages = self._settings.ui_url
        found = pages.get(kind) if isinstance(pages, Mapping) else pages
        if found:
            if "{id}" not in found:
                raise ConfigError(
                    f"The address of a {kind}'s page has no {{id}} in it: give it as {EXAMPLE}."
                )
            return found
        if pages is None and self._settings.nearby:
            parts = urlsplit(self._settings.base_url)
            return f"{parts.scheme}://{parts.netloc}/{GATEWAY[kind]}"
        raise ConfigError(
            f"Where the page of a {kind} is has to be said, as the service promises no addresses: set "
            f"STATIONTHIS_UI_URL={EXAMPLE} (as the service's own pages have it), or ui_url in the profile."
        )


def id_of(kind: str, of: object) -> str:
    """The id to link to.

    Raises:
        InvalidInput: it is neither an id nor something of that kind.
    """
    if isinstance(of, str):
        if not is_uuid(of):
            raise InvalidInput(
                f"{_shown(of)} is no id of a {kind}: give the {kind} itself, or its id, which looks like "
                "5ea8723e-4701-4d69-8604-8932801f2083."
            )
        return of
    ours = [
        one.__name__.removeprefix("Async").removesuffix("Record").lower()
        for one in type(of).__mro__
        if one.__module__.partition(".")[0] == "stationthis_sdk"
    ]
    found = getattr(of, "id", None)
    if not isinstance(found, str) or not _is_id(found) or (ours and kind not in ours):
        raise InvalidInput(f"{_shown(of)} is no {kind}: give the {kind} itself, or its id.")
    return found


def _is_id(text: str) -> bool:
    # "." and ".." are no names of pages; half a character (a lone surrogate) can't be written in an address.
    return bool(text.strip(".")) and not re.search("[\ud800-\udfff]", text)


def _shown(given: object) -> str:
    text = redact(repr(given))
    return text if len(text) <= 80 else f"{text[:79]}…"
