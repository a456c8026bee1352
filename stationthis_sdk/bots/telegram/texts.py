"""The few sentences that only Telegram needs."""

# ruff: noqa: RUF001 - Chinese has its own commas

from typing import Final

from stationthis_sdk.bots.render.sentences import in_language

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
    "as_yourself": {
        "en": "That is only told in private, and a group or channel has no private chat with me. Ask for it as yourself.",
        "de": "Das sage ich nur privat, und Gruppen und Kanäle haben keinen privaten Chat mit mir. Fragen Sie als Sie selbst.",
        "es": "Eso solo lo digo en privado, y un grupo o canal no tiene chat privado conmigo. Pídalo con su propia cuenta.",
        "fr": "Je ne dis cela qu'en privé, et un groupe ou un canal n'a pas de chat privé avec moi. Demandez-le en votre nom.",
        "pt": "Só digo isso em privado, e um grupo ou canal não tem chat privado comigo. Peça em seu próprio nome.",
        "ru": "Это я сообщаю только лично, а у группы или канала нет личного чата со мной. Попросите от своего имени.",
        "zh": "这只能私下告知，而群组或频道没有与我的私聊。请以您本人的身份再试。",
    },
    "press_again": {
        "en": "I was away when that was pressed: press it again if you still want it.",
        "de": "Ich war nicht da, als das gedrückt wurde: Drücken Sie es noch einmal, wenn Sie es noch wollen.",
        "es": "No estaba cuando se pulsó: púlselo de nuevo si aún lo quiere.",
        "fr": "J'étais absent quand ce bouton a été pressé : appuyez à nouveau si vous le voulez encore.",
        "pt": "Eu estava ausente quando isso foi premido: prima de novo se ainda quiser.",
        "ru": "Меня не было, когда это нажали: нажмите ещё раз, если это ещё нужно.",
        "zh": "按下时我不在线：如果仍然需要，请再按一次。",
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
    return in_language(_TEXTS[key], language, **values)
