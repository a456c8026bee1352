from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.dashboard_version import DashboardVersion
from ..models.output_visibility import OutputVisibility
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="AccountSettingsUpdate")


@_attrs_define
class AccountSettingsUpdate:
    """Settings to change. Null is the same as leaving out."""

    output_visibility: None | OutputVisibility | Unset = UNSET
    """ Who may read what runs make and what is uploaded. """
    custom_output_bucket: bool | None | Unset = UNSET
    """ Whether files go to the account's own store. """
    s3_bucket_name: None | str | Unset = UNSET
    s3_region: None | str | Unset = UNSET
    s3_access_key_id: None | str | Unset = UNSET
    """ Half of a secret. """
    s3_secret_access_key: None | str | Unset = UNSET
    """ A secret. """
    assumed_role_arn: None | str | Unset = UNSET
    """ A role of AWS to use, instead of the keys. """
    use_cloudfront: bool | None | Unset = UNSET
    """ Whether links go by way of CloudFront. """
    cloudfront_domain: None | str | Unset = UNSET
    hugging_face_token: None | str | Unset = UNSET
    """ A secret; downloads from Hugging Face use it. """
    api_version: DashboardVersion | None | Unset = UNSET
    """ Which form of the dashboard is shown. """
    spend_limit: float | None | Unset = UNSET
    """ In dollars. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        output_visibility: None | str | Unset
        if isinstance(self.output_visibility, Unset):
            output_visibility = UNSET
        elif isinstance(self.output_visibility, OutputVisibility):
            output_visibility = self.output_visibility.value
        else:
            output_visibility = self.output_visibility

        custom_output_bucket: bool | None | Unset
        if isinstance(self.custom_output_bucket, Unset):
            custom_output_bucket = UNSET
        else:
            custom_output_bucket = self.custom_output_bucket

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
        elif isinstance(self.api_version, DashboardVersion):
            api_version = self.api_version.value
        else:
            api_version = self.api_version

        spend_limit: float | None | Unset
        if isinstance(self.spend_limit, Unset):
            spend_limit = UNSET
        else:
            spend_limit = self.spend_limit

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if output_visibility is not UNSET:
            field_dict["output_visibility"] = output_visibility
        if custom_output_bucket is not UNSET:
            field_dict["custom_output_bucket"] = custom_output_bucket
        if s3_bucket_name is not UNSET:
            field_dict["s3_bucket_name"] = s3_bucket_name
        if s3_region is not UNSET:
            field_dict["s3_region"] = s3_region
        if s3_access_key_id is not UNSET:
            field_dict["s3_access_key_id"] = s3_access_key_id
        if s3_secret_access_key is not UNSET:
            field_dict["s3_secret_access_key"] = s3_secret_access_key
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

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_output_visibility(data: object) -> None | OutputVisibility | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                output_visibility_type_0 = OutputVisibility(data)

                return output_visibility_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("None | OutputVisibility | Unset", data)

        output_visibility = _parse_output_visibility(d.pop("output_visibility", UNSET))

        def _parse_custom_output_bucket(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        custom_output_bucket = _parse_custom_output_bucket(d.pop("custom_output_bucket", UNSET))

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

        def _parse_api_version(data: object) -> DashboardVersion | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                api_version_type_0 = DashboardVersion(data)

                return api_version_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("DashboardVersion | None | Unset", data)

        api_version = _parse_api_version(d.pop("api_version", UNSET))

        def _parse_spend_limit(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | Unset", data)

        spend_limit = _parse_spend_limit(d.pop("spend_limit", UNSET))

        account_settings_update = cls(
            output_visibility=output_visibility,
            custom_output_bucket=custom_output_bucket,
            s3_bucket_name=s3_bucket_name,
            s3_region=s3_region,
            s3_access_key_id=s3_access_key_id,
            s3_secret_access_key=s3_secret_access_key,
            assumed_role_arn=assumed_role_arn,
            use_cloudfront=use_cloudfront,
            cloudfront_domain=cloudfront_domain,
            hugging_face_token=hugging_face_token,
            api_version=api_version,
            spend_limit=spend_limit,
        )

        account_settings_update.additional_properties = d
        return account_settings_update

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
