"""The account: its settings, its API keys, and what GPUs cost."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import attrs

from stationthis_sdk.api.capabilities import is_absent
from stationthis_sdk.context import Context
from stationthis_sdk.entities import AccountSettings, ApiKey, CreditKind, Pricing, Source
from stationthis_sdk.errors import (
    ConnectionFailed,
    ConnectionLost,
    InvalidInput,
    NotFound,
    ServerError,
    StationThisError,
    TimedOut,
)
from stationthis_sdk.logs import remember
from stationthis_sdk.money.rates import PRICES, told_pricing
from stationthis_sdk.secret import Secret
from stationthis_sdk.shown import Shown

__all__ = ["AsyncAccount"]

_LONGEST: Final = 255
_VISIBILITIES: Final = ("public", "private")


class AsyncAccount(Shown):
    """The account that the key belongs to, its user's or its organisation's."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<account: settings(), keys(), pricing(), credits()>"

    async def settings(self, *, refresh: bool = False) -> AccountSettings:
        """Read the settings; of the tokens among them only whether they are set.

        Example:
            >>> (await st.account.settings()).visibility
            'public'
        """
        told = await self._context.catalogue.read(
            "account", "settings", self._context.service.account.settings, AccountSettings, refresh=refresh
        )
        return attrs.evolve(told.value, source=told.source)

    async def update_settings(
        self,
        *,
        visibility: str | None = None,
        hugging_face_token: str | Secret | None = None,
        spend_limit: float | None = None,
        api_version: str | None = None,
        custom_bucket: bool | None = None,
        bucket_name: str | None = None,
        bucket_region: str | None = None,
        bucket_key_id: str | None = None,
        bucket_key: str | Secret | None = None,
        role_arn: str | None = None,
        cloudfront: bool | None = None,
        cloudfront_domain: str | None = None,
    ) -> AccountSettings:
        """Change settings and return them all. What is left out stays; the service has no way to empty one.

        ``visibility`` is public or private and is noticed within five minutes. ``spend_limit`` is in US dollars.
        ``hugging_face_token`` is used for downloads. ``api_version`` is v1 or v2 of the dashboard. ``bucket_…``,
        ``role_arn`` and ``cloudfront…`` are of an S3 store of one's own.

        Raises:
            InvalidInput: nothing to change, or a value that can't be one.

        Example:
            >>> (await st.account.update_settings(visibility="public")).visibility
            'public'
        """
        if visibility is not None and visibility not in _VISIBILITIES:
            raise InvalidInput(f"visibility is public or private; got {visibility!r}.")
        if api_version is not None and api_version not in {"v1", "v2"}:
            raise InvalidInput(f"api_version is v1 or v2; got {api_version!r}.")
        if spend_limit is not None and not _is_amount(spend_limit):
            raise InvalidInput(f"spend_limit is US dollars, 0 or more; got {spend_limit!r}.")
        texts: dict[str, Any] = {
            "output_visibility": visibility,
            "api_version": api_version,
            "s3_bucket_name": bucket_name,
            "s3_region": bucket_region,
            "s3_access_key_id": _revealed("bucket_key_id", bucket_key_id),
            "s3_secret_access_key": _revealed("bucket_key", bucket_key),
            "assumed_role_arn": role_arn,
            "cloudfront_domain": cloudfront_domain,
            "hugging_face_token": _revealed("hugging_face_token", hugging_face_token),
        }
        if bad := [name for name, value in texts.items() if value is not None and not isinstance(value, str)]:
            raise InvalidInput(f"These settings are texts: {', '.join(bad)}.")
        flags = {"custom_output_bucket": custom_bucket, "use_cloudfront": cloudfront}
        if bad := [
            name for name, value in flags.items() if value is not None and not isinstance(value, bool)
        ]:
            raise InvalidInput(f"These settings are True or False: {', '.join(bad)}.")
        given = {**texts, **flags, "spend_limit": spend_limit}
        changes = {name: value for name, value in given.items() if value is not None}
        if not changes:
            raise InvalidInput("There is nothing to change: name a setting, as visibility='private'.")
        await self._context.service.account.change_settings(changes)
        return await self.settings(refresh=True)

    async def keys(self, search: str | None = None) -> list[ApiKey]:
        """List the API keys that are not revoked, of each its name and last four characters; never from a copy.

        Example:
            >>> [key.name for key in await st.account.keys("no key is called this")]
            []
        """
        return [*await self._context.service.account.keys(search)]

    async def create_key(self, name: str) -> Secret:
        """Make an API key. Only this answer ever tells it: keep what its ``reveal()`` gives in a safe place.

        Raises:
            InvalidInput: no name, or one that is too long.
            ConnectionLost, TimedOut: the answer was lost; ``keys()`` tells whether there is a key that nobody has.

        Example:
            >>> await st.account.create_key("for an example")
            Secret('****')
            >>> for key in await st.account.keys("for an example"):
            ...     await st.account.delete_key(key.id)
        """
        if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST or not name.isprintable():
            raise InvalidInput(
                f"A key needs a name that people know it by, of {_LONGEST} characters at most."
            )
        try:
            return await self._context.service.account.create_key(name)
        except (ConnectionLost, TimedOut, ServerError) as error:
            if isinstance(error, TimedOut) and error.phase == "connect":
                raise
            raise error.told(
                f"Whether there is a key {name!r} now, st.account.keys() tells: delete it there."
            ) from None

    async def delete_key(self, key_id: str) -> None:
        """Revoke an API key by its id. For some seconds it may still work.

        Raises:
            InvalidInput: that is a key and not the id of one; it was not sent.
            NotFound: no key has that id.
        """
        if not isinstance(key_id, str) or not key_id.strip():
            raise InvalidInput("A key is deleted by its id: st.account.keys() lists them.")
        own = self._context.settings.api_key.reveal()
        if key_id == own or re.match(r"eyJ|\w+\.\w+\.", key_id):
            remember(key_id)
            raise InvalidInput("That is a key, not the id of one: st.account.keys() lists the ids.")
        try:
            await self._context.service.account.delete_key(key_id)
        except NotFound as error:
            raise NotFound(
                f"No key has the id {key_id!r}: st.account.keys() lists them.",
                said=error.said,
                request=error.request,
            ) from None

    async def pricing(
        self, *, otherwise: Mapping[str, float] | None = None, refresh: bool = False
    ) -> Pricing:
        """Read what GPUs cost, in US dollars for a second; the same for everybody.

        ``otherwise`` is a table of one's own, GPU to rate, for when the service has no such list or can't be
        reached: ``source`` is then file, and ``source.problem`` says which it was. A refused key is raised, as
        everywhere. A GPU without a price costs None, which is unknown, never 0.

        Raises:
            InvalidInput: a rate of the table is no amount.

        Example:
            >>> pricing = await st.account.pricing()
            >>> pricing.cost("no such GPU", seconds=60) is None
            True
        """
        table = None if otherwise is None else _table(otherwise)
        capabilities = self._context.service.edge.capabilities
        if table is not None and not refresh and capabilities.lacks(PRICES):
            self._context.settings.flags.need("comfy_deploy")
            return _stand_in(table, f"the server has no {PRICES}")
        try:
            told = await told_pricing(self._context.service, self._context.catalogue, refresh=refresh)
        except StationThisError as error:
            if is_absent(error):
                capabilities.learn(PRICES)
                problem = f"the server has no {PRICES} ({error.message})"
            elif isinstance(error, ConnectionFailed | ConnectionLost | TimedOut | ServerError):
                problem = error.message
            else:
                raise
            if table is None:
                raise
            return _stand_in(table, problem)
        return told.value

    async def credits(self, *, refresh: bool = False) -> list[CreditKind]:
        """List the kinds of credit, and what GPUs cost in each; the same for everybody.

        How much is left of one's own is in ``settings().credit``.

        Raises:
            ServerError: the billing behind the service did not answer.

        Example:
            >>> await st.account.credits()
            []
        """
        told = await self._context.catalogue.read(
            "pricing",
            "credits",
            self._context.service.prices.credits,
            tuple[CreditKind, ...],
            refresh=refresh,
        )
        return [attrs.evolve(one, source=told.source) for one in told.value]


def _revealed(name: str, given: str | Secret | None) -> str | None:
    """A secret on its way to the service; it is in no log from now on."""
    value = given.reveal() if isinstance(given, Secret) else given
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput(f"{name} is a text: leave it out to keep what there is.")
    remember(value)
    return value


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")


def _table(given: Mapping[str, float]) -> Pricing:
    bad = [name for name, rate in given.items() if not _is_amount(rate)]
    if bad:
        raise InvalidInput(f"A rate is US dollars for a second, 0 or more; {bad[0]!r} has {given[bad[0]]!r}.")
    return Pricing({str(name): float(rate) for name, rate in given.items()})


def _stand_in(table: Pricing, problem: str) -> Pricing:
    return attrs.evolve(table, source=Source("file", datetime.now(UTC), problem))
