from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="CatalogModelInput")


@_attrs_define
class CatalogModelInput:
    """One input of a ready-made model. Other than those of deployments, it says whether it is required."""

    input_id: None | str | Unset = UNSET
    class_type: None | str | Unset = UNSET
    required: bool | None | Unset = UNSET
    default_value: Any | Unset = UNSET
    """ Any value or null. """
    min_value: Any | Unset = UNSET
    """ A number or null. """
    max_value: Any | Unset = UNSET
    """ A number or null. """
    display_name: None | str | Unset = UNSET
    description: None | str | Unset = UNSET
    enum_values: list[None | str] | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        input_id: None | str | Unset
        if isinstance(self.input_id, Unset):
            input_id = UNSET
        else:
            input_id = self.input_id

        class_type: None | str | Unset
        if isinstance(self.class_type, Unset):
            class_type = UNSET
        else:
            class_type = self.class_type

        required: bool | None | Unset
        if isinstance(self.required, Unset):
            required = UNSET
        else:
            required = self.required

        default_value = self.default_value

        min_value = self.min_value

        max_value = self.max_value

        display_name: None | str | Unset
        if isinstance(self.display_name, Unset):
            display_name = UNSET
        else:
            display_name = self.display_name

        description: None | str | Unset
        if isinstance(self.description, Unset):
            description = UNSET
        else:
            description = self.description

        enum_values: list[None | str] | None | Unset
        if isinstance(self.enum_values, Unset):
            enum_values = UNSET
        elif isinstance(self.enum_values, list):
            enum_values = []
            for enum_values_type_0_item_data in self.enum_values:
                enum_values_type_0_item: None | str
                enum_values_type_0_item = enum_values_type_0_item_data
                enum_values.append(enum_values_type_0_item)

        else:
            enum_values = self.enum_values

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if input_id is not UNSET:
            field_dict["input_id"] = input_id
        if class_type is not UNSET:
            field_dict["class_type"] = class_type
        if required is not UNSET:
            field_dict["required"] = required
        if default_value is not UNSET:
            field_dict["default_value"] = default_value
        if min_value is not UNSET:
            field_dict["min_value"] = min_value
        if max_value is not UNSET:
            field_dict["max_value"] = max_value
        if display_name is not UNSET:
            field_dict["display_name"] = display_name
        if description is not UNSET:
            field_dict["description"] = description
        if enum_values is not UNSET:
            field_dict["enum_values"] = enum_values

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_input_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        input_id = _parse_input_id(d.pop("input_id", UNSET))

        def _parse_class_type(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        class_type = _parse_class_type(d.pop("class_type", UNSET))

        def _parse_required(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        required = _parse_required(d.pop("required", UNSET))

        default_value = d.pop("default_value", UNSET)

        min_value = d.pop("min_value", UNSET)

        max_value = d.pop("max_value", UNSET)

        def _parse_display_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        display_name = _parse_display_name(d.pop("display_name", UNSET))

        def _parse_description(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        description = _parse_description(d.pop("description", UNSET))

        def _parse_enum_values(data: object) -> list[None | str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                enum_values_type_0 = []
                _enum_values_type_0 = data
                for enum_values_type_0_item_data in _enum_values_type_0:

                    def _parse_enum_values_type_0_item(data: object) -> None | str:
                        if data is None:
                            return data
                        return cast("None | str", data)

                    enum_values_type_0_item = _parse_enum_values_type_0_item(enum_values_type_0_item_data)

                    enum_values_type_0.append(enum_values_type_0_item)

                return enum_values_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[None | str] | None | Unset", data)

        enum_values = _parse_enum_values(d.pop("enum_values", UNSET))

        catalog_model_input = cls(
            input_id=input_id,
            class_type=class_type,
            required=required,
            default_value=default_value,
            min_value=min_value,
            max_value=max_value,
            display_name=display_name,
            description=description,
            enum_values=enum_values,
        )

        catalog_model_input.additional_properties = d
        return catalog_model_input

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
