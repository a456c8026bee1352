from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.secret_value import SecretValue


T = TypeVar("T", bound="SecretCreate")


@_attrs_define
class SecretCreate:
    """A new secret for this machine."""

    secret_name: str
    machine_id: str
    secret: list[SecretValue]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        secret_name = self.secret_name

        machine_id = self.machine_id

        secret = []
        for secret_item_data in self.secret:
            secret_item = secret_item_data.to_dict()
            secret.append(secret_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "secret_name": secret_name,
                "machine_id": machine_id,
                "secret": secret,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.secret_value import SecretValue  # noqa: PLC0415

        d = dict(src_dict)
        secret_name = d.pop("secret_name")

        machine_id = d.pop("machine_id")

        secret = []
        _secret = d.pop("secret")
        for secret_item_data in _secret:
            secret_item = SecretValue.from_dict(secret_item_data)

            secret.append(secret_item)

        secret_create = cls(
            secret_name=secret_name,
            machine_id=machine_id,
            secret=secret,
        )

        secret_create.additional_properties = d
        return secret_create

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
