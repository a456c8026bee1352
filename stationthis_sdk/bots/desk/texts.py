"""What only the desk says, in the languages of ``render.sentences``."""

from collections.abc import Mapping
from typing import Final

from stationthis_sdk.bots.render.sentences import in_language

__all__ = ["mute"]

_MUTE: Final[Mapping[str, str]] = {
    "en": "I may not write there, so nothing was started.",
    "de": "Dort darf ich nicht schreiben, darum wurde nichts gestartet.",
    "es": "No puedo escribir allí, así que no se ha iniciado nada.",
    "fr": "Je n'ai pas le droit d'écrire là-bas, donc rien n'a été lancé.",
    "pt": "Não posso escrever ali, por isso nada foi iniciado.",
    "ru": "Мне нельзя туда писать, поэтому ничего не запущено.",
    "zh": "我无法在那里发消息，因此没有开始任何任务。",  # noqa: RUF001 - written so there
}


def mute(language: str) -> str:
    """That the bot may not write where it is asked.

    >>> mute("de-AT")
    'Dort darf ich nicht schreiben, darum wurde nichts gestartet.'
    """
    return in_language(_MUTE, language)
