from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="RunPageMeta")


@_attrs_define
class RunPageMeta:
    """Numbers beside a page of runs. They say nothing, all of them are always 0."""

    total_row_count: int | None | Unset = UNSET
    filter_row_count: int | None | Unset = UNSET
    chart_data: Any | Unset = UNSET
    """ An empty list. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        total_row_count: int | None | Unset
        if isinstance(self.total_row_count, Unset):
            total_row_count = UNSET
        else:
            total_row_count = self.total_row_count

        filter_row_count: int | None | Unset
        if isinstance(self.filter_row_count, Unset):
            filter_row_count = UNSET
        else:
            filter_row_count = self.filter_row_count

        chart_data = self.chart_data

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if total_row_count is not UNSET:
            field_dict["totalRowCount"] = total_row_count
        if filter_row_count is not UNSET:
            field_dict["filterRowCount"] = filter_row_count
        if chart_data is not UNSET:
            field_dict["chartData"] = chart_data

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_total_row_count(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        total_row_count = _parse_total_row_count(d.pop("totalRowCount", UNSET))

        def _parse_filter_row_count(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        filter_row_count = _parse_filter_row_count(d.pop("filterRowCount", UNSET))

        chart_data = d.pop("chartData", UNSET)

        run_page_meta = cls(
            total_row_count=total_row_count,
            filter_row_count=filter_row_count,
            chart_data=chart_data,
        )

        run_page_meta.additional_properties = d
        return run_page_meta

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
