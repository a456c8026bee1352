"""The account: settings and keys. The service tells secrets in clear here: they end in this file."""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, TypeVar

from comfydeploy_client.api.account import (
    account_api_keys_create,
    account_api_keys_delete,
    account_api_keys_list,
    account_settings_get,
    account_settings_update,
)
from comfydeploy_client.models.account_settings_update import AccountSettingsUpdate
from comfydeploy_client.models.api_key_create import ApiKeyCreate

from stationthis_sdk.api.calls.family import Family
from stationthis_sdk.api.calls.reading import integer, number, properties, text, truth
from stationthis_sdk.entities import AccountSettings, ApiKey, parse_time
from stationthis_sdk.errors import ApiError
from stationthis_sdk.logs import remember
from stationthis_sdk.secret import Secret

__all__ = ["AccountCalls"]

T = TypeVar("T")


class AccountCalls(Family):
    """One account."""

    async def settings(self) -> AccountSettings:
        """The settings."""
        return await self._discreetly(account_settings_get, into=_settings)

    async def change_settings(self, changes: Mapping[str, Any]) -> None:
        """Change settings; the answer may tell them in part, so nothing is read of it."""
        body = AccountSettingsUpdate.from_dict(changes)
        await self._discreetly(account_settings_update, body=body, into=_nothing)

    async def keys(self, search: str | None) -> tuple[ApiKey, ...]:
        """The keys that are not revoked."""
        query = {"search": search} if search else {}
        return tuple(await self._all(account_api_keys_list, one=_key, **query))

    async def create_key(self, name: str) -> Secret:
        """Make a key."""
        key = await self._discreetly(
            account_api_keys_create, body=ApiKeyCreate(name=name), into=lambda answer: Secret(str(answer.key))
        )
        remember(key.reveal())
        return key

    async def delete_key(self, key_id: str) -> None:
        """Revoke a key. The answer holds all of it."""
        await self._discreetly(account_api_keys_delete, key_id, into=_nothing)

    async def _discreetly(
        self, operation: ModuleType, *args: Any, into: Callable[[Any], T], **body: Any
    ) -> T:
        """Make a call whose answer may hold secrets: an error about its shape does not keep it."""
        try:
            return await self.edge.call(operation, *args, into=into, **body)
        except ApiError as error:
            if error.status is not None and error.status < 400:
                error.body = None
            raise


def _nothing(_answer: Any) -> None:
    return


def _settings(answer: Any) -> AccountSettings:
    fields = properties(answer)
    return AccountSettings(
        visibility=text(fields.get("output_visibility")),
        api_version=text(fields.get("api_version")),
        spend_limit=number(fields.get("spend_limit")),
        max_spend_limit=number(fields.get("max_spend_limit")),
        credit=number(fields.get("credit")),
        workflow_limit=number(fields.get("workflow_limit")),
        machine_limit=number(fields.get("machine_limit")),
        always_on_machine_limit=integer(fields.get("always_on_machine_limit")),
        max_gpu=integer(fields.get("max_gpu")),
        custom_bucket=truth(fields.get("custom_output_bucket")),
        bucket_name=text(fields.get("s3_bucket_name")),
        bucket_region=text(fields.get("s3_region")),
        role_arn=text(fields.get("assumed_role_arn")),
        cloudfront=truth(fields.get("use_cloudfront")),
        cloudfront_domain=text(fields.get("cloudfront_domain")),
        has_hugging_face_token=bool(text(fields.get("hugging_face_token"))),
        has_bucket_key=any(
            text(fields.get(name))
            for name in ("s3_secret_access_key", "encrypted_s3_key", "s3_access_key_id")
        ),
        updated_at=parse_time(fields.get("updated_at")),
    )


def _key(answer: Any) -> ApiKey:
    fields = properties(answer)
    masked = text(fields.get("key")) or ""
    return ApiKey(
        id=str(fields.get("id") or ""),
        name=text(fields.get("name")) or "",
        ending=masked[-4:] if len(masked) > 4 else None,
        revoked=fields.get("revoked") is True,
        type=text(fields.get("token_type")),
        created_at=parse_time(fields.get("created_at")),
    )
