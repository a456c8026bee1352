from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.gpu_credit_kind import GPUCreditKind


T = TypeVar("T", bound="GPUCredits")


@_attrs_define
class GPUCredits:
    """The kinds of credit. Only those that the billing knows come."""

    gpu_credit: GPUCreditKind | None | Unset = UNSET
    """ Credit that comes with a plan. """
    gpu_credit_topup: GPUCreditKind | None | Unset = UNSET
    """ Credit that is bought. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.gpu_credit_kind import GPUCreditKind  # noqa: PLC0415

        gpu_credit: dict[str, Any] | None | Unset
        if isinstance(self.gpu_credit, Unset):
            gpu_credit = UNSET
        elif isinstance(self.gpu_credit, GPUCreditKind):
            gpu_credit = self.gpu_credit.to_dict()
        else:
            gpu_credit = self.gpu_credit

        gpu_credit_topup: dict[str, Any] | None | Unset
        if isinstance(self.gpu_credit_topup, Unset):
            gpu_credit_topup = UNSET
        elif isinstance(self.gpu_credit_topup, GPUCreditKind):
            gpu_credit_topup = self.gpu_credit_topup.to_dict()
        else:
            gpu_credit_topup = self.gpu_credit_topup

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if gpu_credit is not UNSET:
            field_dict["gpu-credit"] = gpu_credit
        if gpu_credit_topup is not UNSET:
            field_dict["gpu-credit-topup"] = gpu_credit_topup

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.gpu_credit_kind import GPUCreditKind  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_gpu_credit(data: object) -> GPUCreditKind | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                gpu_credit_type_0 = GPUCreditKind.from_dict(data)

                return gpu_credit_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("GPUCreditKind | None | Unset", data)

        gpu_credit = _parse_gpu_credit(d.pop("gpu-credit", UNSET))

        def _parse_gpu_credit_topup(data: object) -> GPUCreditKind | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                gpu_credit_topup_type_0 = GPUCreditKind.from_dict(data)

                return gpu_credit_topup_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("GPUCreditKind | None | Unset", data)

        gpu_credit_topup = _parse_gpu_credit_topup(d.pop("gpu-credit-topup", UNSET))

        gpu_credits = cls(
            gpu_credit=gpu_credit,
            gpu_credit_topup=gpu_credit_topup,
        )

        gpu_credits.additional_properties = d
        return gpu_credits

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
