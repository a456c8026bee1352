"""Which input a typed word names, and which it nearly names. Pure."""

import difflib
from collections import Counter
from collections.abc import Mapping
from typing import Final

from stationthis_sdk.bots.commands.names import option_names
from stationthis_sdk.entities import InputField
from stationthis_sdk.names import loosely
from stationthis_sdk.recipes.images.words import Words

__all__ = ["Called"]

_NEAR: Final = 0.8
_LOOKS: Final = 50
"""So many words of one text are looked at for slips: strangers may send a thousand."""


class Called:
    """The names of a deployment's inputs, prepared for many words.

    >>> called = Called({"CFG scale": InputField("CFG scale", "number"), "what": InputField("what", "text")})
    >>> called("cfg-scale"), called("guidance"), called("size"), called.near("cfg-scle")
    ('CFG scale', 'CFG scale', None, 'CFG scale')
    """

    def __init__(self, fields: Mapping[str, InputField], words: Words | None = None) -> None:
        self._fields = fields
        self._words = words or Words()
        self._by_option = {option: name for name, option in option_names(fields).items()}
        counts = Counter(map(loosely, fields))
        self._loosely = {loosely(name): name for name in fields if counts[loosely(name)] == 1}
        self._known: dict[str, tuple[str | None, str | None]] = {}
        self._looks = 0

    def __call__(self, word: str) -> str | None:
        """The input of a word: by its own name, its option's, or as a common word; the prompt by its own name alone."""
        return self._found(word)[0]

    def meaning(self, word: str) -> str | None:
        """The common word that it means, whether there is an input for it or not."""
        return self._found(word)[1]

    def near(self, word: str) -> str | None:
        """The input whose name is almost spelt so."""
        self._looks += 1
        if self._looks > _LOOKS:
            return None
        written = {loosely(name): name for name in self._fields}
        found = difflib.get_close_matches(loosely(word), written, n=1, cutoff=_NEAR)
        return written[found[0]] if found else None

    def _found(self, word: str) -> tuple[str | None, str | None]:
        if word not in self._known:
            meaning = self._words.meaning(word)
            name = self._by_name(word)
            if name is None and meaning is not None and meaning != "prompt":
                name = self._words.input_for(word, self._fields)
            self._known[word] = name, meaning
        return self._known[word]

    def _by_name(self, word: str) -> str | None:
        if word in self._fields:
            return word
        return self._by_option.get(word.lower()) or self._loosely.get(loosely(word))
