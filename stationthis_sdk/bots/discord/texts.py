"""The few sentences that only Discord needs."""

# ruff: noqa: RUF001 - Chinese has its own commas

from typing import Final

from stationthis_sdk.bots.render.sentences import in_language

__all__ = ["text"]

_TEXTS: Final[dict[str, dict[str, str]]] = {
    "starting": {
        "en": "I am just starting: try again in a moment.",
        "de": "Ich starte gerade: Versuch es gleich noch einmal.",
        "es": "Estoy arrancando: inténtalo de nuevo en un momento.",
        "fr": "Je démarre : réessaie dans un instant.",
        "pt": "Estou a arrancar: tenta de novo daqui a pouco.",
        "ru": "Я только запускаюсь: попробуйте ещё раз через минуту.",
        "zh": "我正在启动：请稍后再试。",
    },
    "changed": {
        "en": "/{name} has changed, and Discord still shows the old one: choose it again.",
        "de": "/{name} hat sich geändert, und Discord zeigt noch den alten Befehl: Wähl ihn noch einmal.",
        "es": "/{name} ha cambiado y Discord aún muestra el anterior: elígelo de nuevo.",
        "fr": "/{name} a changé et Discord montre encore l'ancienne : choisis-la à nouveau.",
        "pt": "/{name} mudou e o Discord ainda mostra o antigo: escolhe-o de novo.",
        "ru": "/{name} изменилась, а Discord ещё показывает старую: выберите её снова.",
        "zh": "/{name} 已更改，而 Discord 仍显示旧的：请重新选择。",
    },
    "kept": {
        "en": "Discord hides the message you answer to from me: attach the picture to your own message, or choose Apps → "
        "“Use for …” in the menu of that message.",
        "de": "Discord verbirgt die Nachricht, auf die du antwortest, vor mir: Häng das Bild an deine eigene Nachricht, "
        "oder wähl Apps → „Use for …“ im Menü jener Nachricht.",
        "es": "Discord me oculta el mensaje al que respondes: adjunta la imagen a tu propio mensaje, o elige Apps → "
        "«Use for …» en el menú de ese mensaje.",
        "fr": "Discord me cache le message auquel tu réponds : joins l'image à ton propre message, ou choisis Applications → "
        "« Use for … » dans le menu de ce message.",
        "pt": "O Discord esconde-me a mensagem a que respondes: anexa a imagem à tua própria mensagem, ou escolhe Apps → "
        "«Use for …» no menu dessa mensagem.",
        "ru": "Discord скрывает от меня сообщение, на которое вы отвечаете: приложите картинку к своему сообщению или "
        "выберите «Приложения» → «Use for …» в меню того сообщения.",
        "zh": "Discord 对我隐藏了您回复的消息：请将图片附在您自己的消息中，或在该消息的菜单中选择“应用”→“Use for …”。",
    },
    "unreadable": {
        "en": "I can't read that message: Discord hides it from bots without the message content intent. Begin it with "
        "@{me}, or use a / command. Whoever runs this bot can switch the intent on in Discord's developer portal.",
        "de": "Ich kann diese Nachricht nicht lesen: Discord verbirgt sie vor Bots ohne „message content intent“. Beginn sie "
        "mit @{me}, oder nimm einen /-Befehl. Wer diesen Bot betreibt, kann das in Discords Entwicklerportal einschalten.",
        "es": "No puedo leer ese mensaje: Discord lo oculta a los bots sin «message content intent». Empiézalo con @{me}, o usa "
        "un comando con /. Quien lleva este bot puede activarlo en el portal de desarrolladores de Discord.",
        "fr": "Je ne peux pas lire ce message : Discord le cache aux bots sans « message content intent ». Commence-le par "
        "@{me}, ou utilise une commande /. Qui gère ce bot peut l'activer dans le portail développeur de Discord.",
        "pt": "Não consigo ler essa mensagem: o Discord esconde-a dos bots sem «message content intent». Começa-a com @{me}, ou "
        "usa um comando com /. Quem gere este bot pode ativá-lo no portal de programadores do Discord.",
        "ru": "Я не могу прочесть это сообщение: Discord скрывает его от ботов без «message content intent». Начните его с "
        "@{me} или используйте команду с /. Владелец бота может включить это на портале разработчиков Discord.",
        "zh": "我读不到那条消息：没有 message content intent 的机器人看不到它。请以 @{me} 开头，或使用 / 命令。"
        "此机器人的运营者可以在 Discord 开发者门户中开启。",
    },
    "too_large": {
        "en": "{name} has {size} MB; send one of {most} MB at the most.",
        "de": "{name} hat {size} MB; schick eine Datei von höchstens {most} MB.",
        "es": "{name} tiene {size} MB; envía uno de {most} MB como mucho.",
        "fr": "{name} fait {size} Mo ; envoies-en un de {most} Mo au plus.",
        "pt": "{name} tem {size} MB; envia um de {most} MB no máximo.",
        "ru": "{name} занимает {size} МБ; пришлите файл не больше {most} МБ.",
        "zh": "{name} 有 {size} MB；请发送不超过 {most} MB 的文件。",
    },
    "gone": {
        "en": "{name} can't be fetched from Discord any more: send it again.",
        "de": "{name} lässt sich nicht mehr von Discord holen: Schick es noch einmal.",
        "es": "{name} ya no se puede traer de Discord: envíalo otra vez.",
        "fr": "{name} ne peut plus être pris sur Discord : renvoie-le.",
        "pt": "{name} já não se consegue buscar no Discord: envia-o de novo.",
        "ru": "{name} больше нельзя получить из Discord: пришлите ещё раз.",
        "zh": "无法再从 Discord 取得 {name}：请重新发送。",
    },
    "not_now": {
        "en": "{name} could not be fetched from Discord just now: try again.",
        "de": "{name} ließ sich gerade nicht von Discord holen: Versuch es noch einmal.",
        "es": "{name} no se pudo traer de Discord ahora mismo: inténtalo de nuevo.",
        "fr": "{name} n'a pas pu être pris sur Discord à l'instant : réessaie.",
        "pt": "{name} não se conseguiu buscar no Discord agora: tenta de novo.",
        "ru": "{name} сейчас не удалось получить из Discord: попробуйте ещё раз.",
        "zh": "刚才无法从 Discord 取得 {name}：请重试。",
    },
}


def text(key: str, language: str, **values: object) -> str:
    """A sentence in a language, English where there is none.

    >>> text("starting", "pt-BR")
    'Estou a arrancar: tenta de novo daqui a pouco.'
    """
    return in_language(_TEXTS[key], language, **values)
