from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.custom_nodes_commit import CustomNodesCommit


T = TypeVar("T", bound="CustomNodesCheck")


@_attrs_define
class CustomNodesCheck:
    """The comfyui-deploy plugin a machine has, and the newest one."""

    status: None | str | Unset = UNSET
    is_up_to_date: bool | None | Unset = UNSET
    local_commit: CustomNodesCommit | None | Unset = UNSET
    latest_commit: CustomNodesCommit | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.custom_nodes_commit import CustomNodesCommit  # noqa: PLC0415

        status: None | str | Unset
        if isinstance(self.status, Unset):
            status = UNSET
        else:
            status = self.status

        is_up_to_date: bool | None | Unset
        if isinstance(self.is_up_to_date, Unset):
            is_up_to_date = UNSET
        else:
            is_up_to_date = self.is_up_to_date

        local_commit: dict[str, Any] | None | Unset
        if isinstance(self.local_commit, Unset):
            local_commit = UNSET
        elif isinstance(self.local_commit, CustomNodesCommit):
            local_commit = self.local_commit.to_dict()
        else:
            local_commit = self.local_commit

        latest_commit: dict[str, Any] | None | Unset
        if isinstance(self.latest_commit, Unset):
            latest_commit = UNSET
        elif isinstance(self.latest_commit, CustomNodesCommit):
            latest_commit = self.latest_commit.to_dict()
        else:
            latest_commit = self.latest_commit

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if status is not UNSET:
            field_dict["status"] = status
        if is_up_to_date is not UNSET:
            field_dict["is_up_to_date"] = is_up_to_date
        if local_commit is not UNSET:
            field_dict["local_commit"] = local_commit
        if latest_commit is not UNSET:
            field_dict["latest_commit"] = latest_commit

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.custom_nodes_commit import CustomNodesCommit  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_status(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        status = _parse_status(d.pop("status", UNSET))

        def _parse_is_up_to_date(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        is_up_to_date = _parse_is_up_to_date(d.pop("is_up_to_date", UNSET))

        def _parse_local_commit(data: object) -> CustomNodesCommit | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                local_commit_type_0 = CustomNodesCommit.from_dict(data)

                return local_commit_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("CustomNodesCommit | None | Unset", data)

        local_commit = _parse_local_commit(d.pop("local_commit", UNSET))

        def _parse_latest_commit(data: object) -> CustomNodesCommit | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                latest_commit_type_0 = CustomNodesCommit.from_dict(data)

                return latest_commit_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("CustomNodesCommit | None | Unset", data)

        latest_commit = _parse_latest_commit(d.pop("latest_commit", UNSET))

        custom_nodes_check = cls(
            status=status,
            is_up_to_date=is_up_to_date,
            local_commit=local_commit,
            latest_commit=latest_commit,
        )

        custom_nodes_check.additional_properties = d
        return custom_nodes_check

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
