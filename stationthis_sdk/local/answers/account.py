"""An account's settings and keys as JSON."""

from collections.abc import Callable
from typing import Any

from stationthis_sdk.local.answers.timestamps import naive
from stationthis_sdk.local.rows.accounts import Settings
from stationthis_sdk.local.rows.keys import Key

__all__ = ["key_json", "settings_json"]


def settings_json(settings: Settings, changed_format: Callable[[int], str | None] = naive) -> dict[str, Any]:
    """The settings, tokens in clear as in the service; limits of plans and credit are as for one who has none."""
    return {
        "id": settings.id,
        "user_id": settings.user_id,
        "org_id": settings.org_id,
        "output_visibility": settings.output_visibility,
        "custom_output_bucket": False,
        "enable_custom_output_bucket": False,
        "s3_access_key_id": settings.s3_access_key_id,
        "s3_secret_access_key": settings.s3_secret_access_key,
        "encrypted_s3_key": None,
        "s3_bucket_name": settings.s3_bucket_name,
        "assumed_role_arn": settings.assumed_role_arn,
        "s3_region": settings.s3_region,
        "use_cloudfront": bool(settings.use_cloudfront),
        "cloudfront_domain": settings.cloudfront_domain,
        "created_at": naive(settings.created_at),
        "updated_at": changed_format(settings.updated_at),
        "api_version": settings.api_version,
        "spend_limit": settings.spend_limit,
        "max_spend_limit": 1000.0,
        "hugging_face_token": settings.hugging_face_token,
        "workflow_limit": None,
        "machine_limit": None,
        "always_on_machine_limit": None,
        "credit": 0.0,
        "max_gpu": 0,
    }


def key_json(key: Key, time_format: Callable[[int], str | None] = naive) -> dict[str, Any]:
    """A key, of which only the last four characters are known here."""
    return {
        "id": key.id,
        "key": f"****{key.shown}",
        "name": key.name,
        "user_id": key.user_id,
        "org_id": key.org_id,
        "revoked": key.revoked_at is not None,
        "scopes": None,
        "token_type": "user",
        "created_at": naive(key.created_at),
        "updated_at": time_format(key.updated_at),
    }
