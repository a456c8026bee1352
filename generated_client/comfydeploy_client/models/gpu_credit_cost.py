from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="GPUCreditCost")


@_attrs_define
class GPUCreditCost:
    """What one graphics card costs."""

    metered_feature_id: None | str | Unset = UNSET
    """ Names the card; or feature_id does. """
    feature_id: None | str | Unset = UNSET
    credit_cost: float | None | Unset = UNSET
    """ What it costs; or credit_amount tells that. """
    credit_amount: float | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        metered_feature_id: None | str | Unset
        if isinstance(self.metered_feature_id, Unset):
            metered_feature_id = UNSET
        else:
            metered_feature_id = self.metered_feature_id

        feature_id: None | str | Unset
        if isinstance(self.feature_id, Unset):
            feature_id = UNSET
        else:
            feature_id = self.feature_id

        credit_cost: float | None | Unset
        if isinstance(self.credit_cost, Unset):
            credit_cost = UNSET
        else:
            credit_cost = self.credit_cost

        credit_amount: float | None | Unset
        if isinstance(self.credit_amount, Unset):
            credit_amount = UNSET
        else:
            credit_amount = self.credit_amount

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if metered_feature_id is not UNSET:
            field_dict["metered_feature_id"] = metered_feature_id
        if feature_id is not UNSET:
            field_dict["feature_id"] = feature_id
        if credit_cost is not UNSET:
            field_dict["credit_cost"] = credit_cost
        if credit_amount is not UNSET:
            field_dict["credit_amount"] = credit_amount

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_metered_feature_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        metered_feature_id = _parse_metered_feature_id(d.pop("metered_feature_id", UNSET))

        def _parse_feature_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        feature_id = _parse_feature_id(d.pop("feature_id", UNSET))

        def _parse_credit_cost(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | Unset", data)

        credit_cost = _parse_credit_cost(d.pop("credit_cost", UNSET))

        def _parse_credit_amount(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | Unset", data)

        credit_amount = _parse_credit_amount(d.pop("credit_amount", UNSET))

        gpu_credit_cost = cls(
            metered_feature_id=metered_feature_id,
            feature_id=feature_id,
            credit_cost=credit_cost,
            credit_amount=credit_amount,
        )

        gpu_credit_cost.additional_properties = d
        return gpu_credit_cost

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
