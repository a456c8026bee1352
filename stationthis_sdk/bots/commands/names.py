"""What a deployment's command is called: letters, digits and _, 32 at the most, the same each time. Pure."""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Final

__all__ = ["LONGEST", "RESERVED", "command_name", "option_names", "suffixed", "unique_names"]

LONGEST: Final = 32
"""Characters of a command's name, on Telegram and on Discord."""
RESERVED: Final = frozenset(
    {
        "account", "admin", "buypoints", "ca", "cast", "dashboard", "feedback", "gift", "groupsettings", "link", "login",
        "mods", "privacy", "spells", "stop", "tools", "wallet",
    }
)  # fmt: skip
"""What hosts and platforms use themselves; no deployment's command is called so."""
_PREFIX: Final = "cmd_"
_HASH: Final = 6


def command_name(name: str) -> str:
    """What the command of a deployment of this name is called, while no other wants to be called so.

    Lower case, accents taken off, spaces and dashes as ``_``, nothing but a–z, 0–9 and ``_``; ``cmd_`` before what begins
    with no letter. Of a name of which nothing is left (emoji, another script) a hash is made.

    >>> command_name("Text to Picture"), command_name("Café-Noir 2"), command_name("3D model")
    ('text_to_picture', 'cafe_noir_2', 'cmd_3d_model')
    >>> command_name("🦊🦊")
    'cmd_af6baa'
    """
    plain = _plain(name)
    if not plain:
        return _PREFIX + _hash(name)
    return (plain if plain[0].isalpha() else _PREFIX + plain)[:LONGEST].rstrip("_")


def unique_names(names: Iterable[str], reserved: Collection[str] = ()) -> dict[str, str]:
    """A command for each name, no two the same, whatever the order.

    Where several names would have one command, or it is reserved, all but the one that is spelt just so get a suffix, which
    is made of their own name alone: it stays whatever else is deployed.

    >>> unique_names(["portrait", "Portrait!", "help"], {"help"})
    {'portrait': 'portrait', 'Portrait!': 'portrait_f2d628', 'help': 'help_106a58'}
    """
    wanted = list(dict.fromkeys(names))
    rivals: dict[str, list[str]] = defaultdict(list)
    for name in wanted:
        rivals[command_name(name)].append(name)
    given: dict[str, str] = {}
    for plain, those in rivals.items():
        free = plain not in reserved and plain not in RESERVED
        owner = plain if plain in those else those[0] if len(those) == 1 else None
        if free and owner is not None:
            given[owner] = plain
    taken = {*given.values(), *reserved, *RESERVED}
    for name in sorted(wanted):
        if name not in given:
            given[name] = _suffixed(command_name(name), name, taken)
            taken.add(given[name])
    return {name: given[name] for name in wanted}


def option_names(inputs: Iterable[str]) -> dict[str, str]:
    """An option for each input, by the same rules, but that it may begin with a digit.

    >>> option_names(["Prompt", "CFG scale", "cfg_scale", "🦊"])
    {'Prompt': 'prompt', 'CFG scale': 'cfg_scale_70b7ae', 'cfg_scale': 'cfg_scale', '🦊': 'input_0a9f72'}
    """
    wanted = list(dict.fromkeys(inputs))
    plain = {name: _plain(name)[:LONGEST].rstrip("_") or f"input_{_hash(name)}" for name in wanted}
    counts: dict[str, int] = defaultdict(int)
    for one in plain.values():
        counts[one] += 1
    given = {name: one for name, one in plain.items() if counts[one] == 1 or one == name}
    taken = set(given.values())
    for name in sorted(wanted):
        if name not in given:
            given[name] = _suffixed(plain[name], name, taken)
            taken.add(given[name])
    return {name: given[name] for name in wanted}


def suffixed(name: str, of: str = "", taken: Collection[str] = ()) -> str:
    """The command that stands for this name, and no other, whatever else there is; or for one thing ``of`` this name.

    >>> suffixed("Portrait!"), suffixed("Portrait!", of="workflow 1")
    ('portrait_f2d628', 'portrait_484322')
    """
    return _suffixed(command_name(name), of or name, taken)


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).lower()
    joined = re.sub(r"[\s\-–—_]+", "_", letters)
    return re.sub(r"[^a-z0-9_]", "", joined).strip("_")


def _suffixed(plain: str, name: str, taken: Collection[str]) -> str:
    digits = _HASH
    while True:
        end = f"_{_hash(name, digits)}"
        found = plain[: LONGEST - len(end)].rstrip("_") + end
        if found not in taken:
            return found
        digits += 2


def _hash(name: str, digits: int = _HASH) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:digits]
