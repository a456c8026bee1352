from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="DeploymentOutput")


@_attrs_define
class DeploymentOutput:
    """One output the workflow names. Only two old kinds of node are listed."""

    class_type: None | str | Unset = UNSET
    output_id: None | str | Unset = UNSET
    """ The first widget of the node. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        class_type: None | str | Unset
        if isinstance(self.class_type, Unset):
            class_type = UNSET
        else:
            class_type = self.class_type

        output_id: None | str | Unset
        if isinstance(self.output_id, Unset):
            output_id = UNSET
        else:
            output_id = self.output_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if class_type is not UNSET:
            field_dict["class_type"] = class_type
        if output_id is not UNSET:
            field_dict["output_id"] = output_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_class_type(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        class_type = _parse_class_type(d.pop("class_type", UNSET))

        def _parse_output_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        output_id = _parse_output_id(d.pop("output_id", UNSET))

        deployment_output = cls(
            class_type=class_type,
            output_id=output_id,
        )

        deployment_output.additional_properties = d
        return deployment_output

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
