from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.machine_type import MachineType

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="MachineCustomCreate")


@_attrs_define
class MachineCustomCreate:
    """A machine of one's own."""

    name: str
    type_: MachineType
    """ Who runs a machine, and how. """
    endpoint: str
    """ Where it answers. Without a slash at the end the last part of its path is lost. """
    auth_token: None | str
    """ What to show it, or null; must be there. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        type_ = self.type_.value

        endpoint = self.endpoint

        auth_token: None | str
        auth_token = self.auth_token

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "type": type_,
                "endpoint": endpoint,
                "auth_token": auth_token,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        type_ = MachineType(d.pop("type"))

        endpoint = d.pop("endpoint")

        def _parse_auth_token(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        auth_token = _parse_auth_token(d.pop("auth_token"))

        machine_custom_create = cls(
            name=name,
            type_=type_,
            endpoint=endpoint,
            auth_token=auth_token,
        )

        machine_custom_create.additional_properties = d
        return machine_custom_create

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
