"""The few sentences that only Telegram needs."""

# ruff: noqa: RUF001 - Chinese has its own commas

from typing import Final

__all__ = ["text"]

_TEXTS: Final[dict[str, dict[str, str]]] = {
    "start_me": {
        "en": "I can't write to you in private yet. Open {link}, press Start, and ask for it again.",
        "de": "Ich kann Ihnen noch nicht privat schreiben. Öffnen Sie {link}, drücken Sie Start und fragen Sie noch einmal.",
        "es": "Aún no puedo escribirle en privado. Abra {link}, pulse Iniciar y pídalo de nuevo.",
        "fr": "Je ne peux pas encore vous écrire en privé. Ouvrez {link}, appuyez sur Démarrer et demandez à nouveau.",
        "pt": "Ainda não posso escrever-lhe em privado. Abra {link}, toque em Iniciar e peça de novo.",
        "ru": "Я пока не могу написать вам лично. Откройте {link}, нажмите «Начать» и попросите ещё раз.",
        "zh": "我还不能给您发私信。请打开 {link}，点击“开始”，然后再试一次。",
    },
    "too_big": {
        "en": "{name} has {size} MB. Bots on Telegram can fetch {most} MB at the most: send a smaller one.",
        "de": "{name} hat {size} MB. Bots können bei Telegram höchstens {most} MB holen: Schicken Sie eine kleinere Datei.",
        "es": "{name} tiene {size} MB. En Telegram los bots descargan {most} MB como máximo: envíe uno más pequeño.",
        "fr": "{name} fait {size} Mo. Sur Telegram, un bot récupère {most} Mo au plus : envoyez-en un plus petit.",
        "pt": "{name} tem {size} MB. No Telegram um bot só obtém {most} MB no máximo: envie um menor.",
        "ru": "{name} занимает {size} МБ. Боты в Telegram получают не больше {most} МБ: пришлите файл поменьше.",
        "zh": "{name} 有 {size} MB。Telegram 机器人最多只能获取 {most} MB：请发送更小的文件。",
    },
}


def text(key: str, language: str, **values: object) -> str:
    """A sentence in a language, English where there is none.

    >>> text("start_me", "pt-br", link="t.me/a")
    'Ainda não posso escrever-lhe em privado. Abra t.me/a, toque em Iniciar e peça de novo.'
    """
    known = _TEXTS[key]
    return known.get(language.partition("-")[0].lower(), known["en"]).format(**values)
