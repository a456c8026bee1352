from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="AccountSettings")


@_attrs_define
class AccountSettings:
    """Settings of the account, secrets among them. May come without an id and in part."""

    id: None | str | Unset = UNSET
    output_visibility: None | str | Unset = UNSET
    """ public, private; more may come. """
    custom_output_bucket: bool | None | Unset = UNSET
    """ Whether files go to the account's own store. """
    enable_custom_output_bucket: bool | None | Unset = UNSET
    s3_bucket_name: None | str | Unset = UNSET
    s3_region: None | str | Unset = UNSET
    s3_access_key_id: None | str | Unset = UNSET
    """ Half of a secret. """
    s3_secret_access_key: None | str | Unset = UNSET
    """ A secret, in clear. """
    encrypted_s3_key: None | str | Unset = UNSET
    """ A secret in the service's own cipher. """
    assumed_role_arn: None | str | Unset = UNSET
    use_cloudfront: bool | None | Unset = UNSET
    cloudfront_domain: None | str | Unset = UNSET
    hugging_face_token: None | str | Unset = UNSET
    """ A secret, in clear. """
    api_version: None | str | Unset = UNSET
    """ v1, v2; more may come. """
    spend_limit: float | None | Unset = UNSET
    """ In dollars. """
    max_spend_limit: float | None | Unset = UNSET
    """ In dollars. """
    credit: float | None | Unset = UNSET
    workflow_limit: float | None | Unset = UNSET
    machine_limit: float | None | Unset = UNSET
    always_on_machine_limit: int | None | Unset = UNSET
    max_gpu: int | None | Unset = UNSET
    user_id: None | str | Unset = UNSET
    org_id: None | str | Unset = UNSET
    created_at: None | str | Unset = UNSET
    updated_at: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id: None | str | Unset
        if isinstance(self.id, Unset):
            id = UNSET
        else:
            id = self.id

        output_visibility: None | str | Unset
        if isinstance(self.output_visibility, Unset):
            output_visibility = UNSET
        else:
            output_visibility = self.output_visibility

        custom_output_bucket: bool | None | Unset
        if isinstance(self.custom_output_bucket, Unset):
            custom_output_bucket = UNSET
        else:
            custom_output_bucket = self.custom_output_bucket

        enable_custom_output_bucket: bool | None | Unset
        if isinstance(self.enable_custom_output_bucket, Unset):
            enable_custom_output_bucket = UNSET
        else:
            enable_custom_output_bucket = self.enable_custom_output_bucket

        s3_bucket_name: None | str | Unset
        if isinstance(self.s3_bucket_name, Unset):
            s3_bucket_name = UNSET
        else:
            s3_bucket_name = self.s3_bucket_name

        s3_region: None | str | Unset
        if isinstance(self.s3_region, Unset):
            s3_region = UNSET
        else:
            s3_region = self.s3_region

        s3_access_key_id: None | str | Unset
        if isinstance(self.s3_access_key_id, Unset):
            s3_access_key_id = UNSET
        else:
            s3_access_key_id = self.s3_access_key_id

        s3_secret_access_key: None | str | Unset
        if isinstance(self.s3_secret_access_key, Unset):
            s3_secret_access_key = UNSET
        else:
            s3_secret_access_key = self.s3_secret_access_key

        encrypted_s3_key: None | str | Unset
        if isinstance(self.encrypted_s3_key, Unset):
            encrypted_s3_key = UNSET
        else:
            encrypted_s3_key = self.encrypted_s3_key

        assumed_role_arn: None | str | Unset
        if isinstance(self.assumed_role_arn, Unset):
            assumed_role_arn = UNSET
        else:
            assumed_role_arn = self.assumed_role_arn

        use_cloudfront: bool | None | Unset
        if isinstance(self.use_cloudfront, Unset):
            use_cloudfront = UNSET
        else:
            use_cloudfront = self.use_cloudfront

        cloudfront_domain: None | str | Unset
        if isinstance(self.cloudfront_domain, Unset):
            cloudfront_domain = UNSET
        else:
            cloudfront_domain = self.cloudfront_domain

        hugging_face_token: None | str | Unset
        if isinstance(self.hugging_face_token, Unset):
            hugging_face_token = UNSET
        else:
            hugging_face_token = self.hugging_face_token

        api_version: None | str | Unset
        if isinstance(self.api_version, Unset):
            api_version = UNSET
        else:
            api_version = self.api_version

        spend_limit: float | None | Unset
        if isinstance(self.spend_limit, Unset):
            spend_limit = UNSET
        else:
            spend_limit = self.spend_limit

        max_spend_limit: float | None | Unset
        if isinstance(self.max_spend_limit, Unset):
            max_spend_limit = UNSET
        else:
            max_spend_limit = self.max_spend_limit

        credit: float | None | Unset
        if isinstance(self.credit, Unset):
            credit = UNSET
        else:
            credit = self.credit

        workflow_limit: float | None | Unset
        if isinstance(self.workflow_limit, Unset):
            workflow_limit = UNSET
        else:
            workflow_limit = self.workflow_limit

        machine_limit: float | None | Unset
        if isinstance(self.machine_limit, Unset):
            machine_limit = UNSET
        else:
            machine_limit = self.machine_limit

        always_on_machine_limit: int | None | Unset
        if isinstance(self.always_on_machine_limit, Unset):
            always_on_machine_limit = UNSET
        else:
            always_on_machine_limit = self.always_on_machine_limit

        max_gpu: int | None | Unset
        if isinstance(self.max_gpu, Unset):
            max_gpu = UNSET
        else:
            max_gpu = self.max_gpu

        user_id: None | str | Unset
        if isinstance(self.user_id, Unset):
            user_id = UNSET
        else:
            user_id = self.user_id

        org_id: None | str | Unset
        if isinstance(self.org_id, Unset):
            org_id = UNSET
        else:
            org_id = self.org_id

        created_at: None | str | Unset
        if isinstance(self.created_at, Unset):
            created_at = UNSET
        else:
            created_at = self.created_at

        updated_at: None | str | Unset
        if isinstance(self.updated_at, Unset):
            updated_at = UNSET
        else:
            updated_at = self.updated_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if output_visibility is not UNSET:
            field_dict["output_visibility"] = output_visibility
        if custom_output_bucket is not UNSET:
            field_dict["custom_output_bucket"] = custom_output_bucket
        if enable_custom_output_bucket is not UNSET:
            field_dict["enable_custom_output_bucket"] = enable_custom_output_bucket
        if s3_bucket_name is not UNSET:
            field_dict["s3_bucket_name"] = s3_bucket_name
        if s3_region is not UNSET:
            field_dict["s3_region"] = s3_region
        if s3_access_key_id is not UNSET:
            field_dict["s3_access_key_id"] = s3_access_key_id
        if s3_secret_access_key is not UNSET:
            field_dict["s3_secret_access_key"] = s3_secret_access_key
        if encrypted_s3_key is not UNSET:
            field_dict["encrypted_s3_key"] = encrypted_s3_key
        if assumed_role_arn is not UNSET:
            field_dict["assumed_role_arn"] = assumed_role_arn
        if use_cloudfront is not UNSET:
            field_dict["use_cloudfront"] = use_cloudfront
        if cloudfront_domain is not UNSET:
            field_dict["cloudfront_domain"] = cloudfront_domain
        if hugging_face_token is not UNSET:
            field_dict["hugging_face_token"] = hugging_face_token
        if api_version is not UNSET:
            field_dict["api_version"] = api_version
        if spend_limit is not UNSET:
            field_dict["spend_limit"] = spend_limit
        if max_spend_limit is not UNSET:
            field_dict["max_spend_limit"] = max_spend_limit
        if credit is not UNSET:
            field_dict["credit"] = credit
        if workflow_limit is not UNSET:
            field_dict["workflow_limit"] = workflow_limit
        if machine_limit is not UNSET:
            field_dict["machine_limit"] = machine_limit
        if always_on_machine_limit is not UNSET:
            field_dict["always_on_machine_limit"] = always_on_machine_limit
        if max_gpu is not UNSET:
            field_dict["max_gpu"] = max_gpu
        if user_id is not UNSET:
            field_dict["user_id"] = user_id
        if org_id is not UNSET:
            field_dict["org_id"] = org_id
        if created_at is not UNSET:
            field_dict["created_at"] = created_at
        if updated_at is not UNSET:
            field_dict["updated_at"] = updated_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        id = _parse_id(d.pop("id", UNSET))

        def _parse_output_visibility(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        output_visibility = _parse_output_visibility(d.pop("output_visibility", UNSET))

        def _parse_custom_output_bucket(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        custom_output_bucket = _parse_custom_output_bucket(d.pop("custom_output_bucket", UNSET))

        def _parse_enable_custom_output_bucket(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        enable_custom_output_bucket = _parse_enable_custom_output_bucket(
            d.pop("enable_custom_output_bucket", UNSET)
        )

        def _parse_s3_bucket_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        s3_bucket_name = _parse_s3_bucket_name(d.pop("s3_bucket_name", UNSET))

        def _parse_s3_region(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        s3_region = _parse_s3_region(d.pop("s3_region", UNSET))

        def _parse_s3_access_key_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        s3_access_key_id = _parse_s3_access_key_id(d.pop("s3_access_key_id", UNSET))

        def _parse_s3_secret_access_key(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        s3_secret_access_key = _parse_s3_secret_access_key(d.pop("s3_secret_access_key", UNSET))

        def _parse_encrypted_s3_key(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        encrypted_s3_key = _parse_encrypted_s3_key(d.pop("encrypted_s3_key", UNSET))

        def _parse_assumed_role_arn(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        assumed_role_arn = _parse_assumed_role_arn(d.pop("assumed_role_arn", UNSET))

        def _parse_use_cloudfront(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        use_cloudfront = _parse_use_cloudfront(d.pop("use_cloudfront", UNSET))

        def _parse_cloudfront_domain(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        cloudfront_domain = _parse_cloudfront_domain(d.pop("cloudfront_domain", UNSET))

        def _parse_hugging_face_token(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        hugging_face_token = _parse_hugging_face_token(d.pop("hugging_face_token", UNSET))

        def _parse_api_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        api_version = _parse_api_version(d.pop("api_version", UNSET))

        def _parse_spend_limit(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | Unset", data)

        spend_limit = _parse_spend_limit(d.pop("spend_limit", UNSET))

        def _parse_max_spend_limit(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | Unset", data)

        max_spend_limit = _parse_max_spend_limit(d.pop("max_spend_limit", UNSET))

        def _parse_credit(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | Unset", data)

        credit = _parse_credit(d.pop("credit", UNSET))

        def _parse_workflow_limit(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | Unset", data)

        workflow_limit = _parse_workflow_limit(d.pop("workflow_limit", UNSET))

        def _parse_machine_limit(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | Unset", data)

        machine_limit = _parse_machine_limit(d.pop("machine_limit", UNSET))

        def _parse_always_on_machine_limit(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        always_on_machine_limit = _parse_always_on_machine_limit(d.pop("always_on_machine_limit", UNSET))

        def _parse_max_gpu(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        max_gpu = _parse_max_gpu(d.pop("max_gpu", UNSET))

        def _parse_user_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        user_id = _parse_user_id(d.pop("user_id", UNSET))

        def _parse_org_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        org_id = _parse_org_id(d.pop("org_id", UNSET))

        def _parse_created_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        created_at = _parse_created_at(d.pop("created_at", UNSET))

        def _parse_updated_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        updated_at = _parse_updated_at(d.pop("updated_at", UNSET))

        account_settings = cls(
            id=id,
            output_visibility=output_visibility,
            custom_output_bucket=custom_output_bucket,
            enable_custom_output_bucket=enable_custom_output_bucket,
            s3_bucket_name=s3_bucket_name,
            s3_region=s3_region,
            s3_access_key_id=s3_access_key_id,
            s3_secret_access_key=s3_secret_access_key,
            encrypted_s3_key=encrypted_s3_key,
            assumed_role_arn=assumed_role_arn,
            use_cloudfront=use_cloudfront,
            cloudfront_domain=cloudfront_domain,
            hugging_face_token=hugging_face_token,
            api_version=api_version,
            spend_limit=spend_limit,
            max_spend_limit=max_spend_limit,
            credit=credit,
            workflow_limit=workflow_limit,
            machine_limit=machine_limit,
            always_on_machine_limit=always_on_machine_limit,
            max_gpu=max_gpu,
            user_id=user_id,
            org_id=org_id,
            created_at=created_at,
            updated_at=updated_at,
        )

        account_settings.additional_properties = d
        return account_settings

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
