from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.gpu_credit_cost import GPUCreditCost


T = TypeVar("T", bound="GPUCreditKind")


@_attrs_define
class GPUCreditKind:
    """One kind of credit and what is paid with it."""

    name: None | str | Unset = UNSET
    display: Any | Unset = UNSET
    """ An object with the words for one and for many, `singular` and `plural`. """
    schema: list[GPUCreditCost | None] | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.gpu_credit_cost import GPUCreditCost  # noqa: PLC0415

        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        display = self.display

        schema: list[dict[str, Any] | None] | None | Unset
        if isinstance(self.schema, Unset):
            schema = UNSET
        elif isinstance(self.schema, list):
            schema = []
            for schema_type_0_item_data in self.schema:
                schema_type_0_item: dict[str, Any] | None
                if isinstance(schema_type_0_item_data, GPUCreditCost):
                    schema_type_0_item = schema_type_0_item_data.to_dict()
                else:
                    schema_type_0_item = schema_type_0_item_data
                schema.append(schema_type_0_item)

        else:
            schema = self.schema

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if name is not UNSET:
            field_dict["name"] = name
        if display is not UNSET:
            field_dict["display"] = display
        if schema is not UNSET:
            field_dict["schema"] = schema

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.gpu_credit_cost import GPUCreditCost  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        name = _parse_name(d.pop("name", UNSET))

        display = d.pop("display", UNSET)

        def _parse_schema(data: object) -> list[GPUCreditCost | None] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                schema_type_0 = []
                _schema_type_0 = data
                for schema_type_0_item_data in _schema_type_0:

                    def _parse_schema_type_0_item(data: object) -> GPUCreditCost | None:
                        if data is None:
                            return data
                        try:
                            if not isinstance(data, dict):
                                raise TypeError()
                            schema_type_0_item_type_0 = GPUCreditCost.from_dict(data)

                            return schema_type_0_item_type_0
                        except (TypeError, ValueError, AttributeError, KeyError):
                            pass
                        return cast("GPUCreditCost | None", data)

                    schema_type_0_item = _parse_schema_type_0_item(schema_type_0_item_data)

                    schema_type_0.append(schema_type_0_item)

                return schema_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[GPUCreditCost | None] | None | Unset", data)

        schema = _parse_schema(d.pop("schema", UNSET))

        gpu_credit_kind = cls(
            name=name,
            display=display,
            schema=schema,
        )

        gpu_credit_kind.additional_properties = d
        return gpu_credit_kind

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
