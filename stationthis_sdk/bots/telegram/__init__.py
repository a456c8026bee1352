"""Telegram: ``install`` mounts the commands into an application of python-telegram-bot."""

from typing import TYPE_CHECKING, Any

from stationthis_sdk.errors import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Collection

    from telegram.ext import Application

    from stationthis_sdk.bots.hooks import Authorize, Review, Settle
    from stationthis_sdk.bots.render.limits import Limits
    from stationthis_sdk.bots.telegram.mounted import Mounted
    from stationthis_sdk.client import AsyncStationThis

__all__ = ["install"]


def install(
    application: "Application[Any, Any, Any, Any, Any, Any]",
    st: "AsyncStationThis",
    *,
    group: int = -1,
    authorize: "Authorize | None" = None,
    review: "Review | None" = None,
    settle: "Settle | None" = None,
    at_once: int = 8,
    catalogue_seconds: float = 300.0,
    limits: "Limits | None" = None,
    reactions: bool = True,
    answer_unknown: bool = False,
    leave: "Collection[str]" = (),
) -> "Mounted":
    """Mount a command for each deployment, and status, cancel, again and the others, into a bot that is there already.

    Call it once the application is built, and before it runs. No conversation handler and no persistence is needed, and
    ``concurrent_updates`` may be on. The one handler stands in ``group``, before yours in group 0: what is ours goes no
    further, everything else passes on to yours, and a command for which you have a ``CommandHandler`` stays yours. A handler
    that must see everything belongs into a lower group. Your ``post_init`` and ``post_stop`` are called as before.

    authorize, review, settle: see :class:`stationthis_sdk.bots.hooks.Hooks`. at_once: runs under way for all users together;
    the others wait in turn. catalogue_seconds: how often to look what is deployed. limits: for a Bot API server of your own,
    which takes larger files. answer_unknown: whether to answer commands that nobody knows. leave: commands of yours that can't be
    seen, such as those of a handler with a pattern; those of a ``CommandHandler`` can, and your conversations keep
    theirs while they last. The client stays yours to close,
    after the application has stopped.

    Raises:
        MissingExtra: python-telegram-bot is not installed.
        InvalidInput: it is installed for this bot already.

    Example::

        app = Application.builder().token(token).build()
        telegram.install(app, AsyncStationThis())
        app.run_polling()
    """
    try:
        from stationthis_sdk.bots.telegram.mounted import Mounted  # noqa: PLC0415 - a second of import
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "telegram":
            raise
        raise MissingExtra(
            "Bots on Telegram need python-telegram-bot: pip install 'stationthis-sdk[telegram]'."
        ) from None
    from stationthis_sdk.bots.hooks import Hooks  # noqa: PLC0415 - with the others
    from stationthis_sdk.bots.render.limits import TELEGRAM  # noqa: PLC0415 - likewise

    mounted = Mounted(
        application,
        st,
        Hooks(authorize, review, settle),
        limits or TELEGRAM,
        at_once=at_once,
        catalogue_seconds=catalogue_seconds,
        reactions=reactions,
        answer_unknown=answer_unknown,
        leave=leave,
    )
    mounted.mount(group)
    return mounted
