from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.machine_start_error import MachineStartError


T = TypeVar("T", bound="MachineStartErrors")


@_attrs_define
class MachineStartErrors:
    """What a version of a machine said when it failed to start."""

    logs: list[MachineStartError | None] | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.machine_start_error import MachineStartError  # noqa: PLC0415

        logs: list[dict[str, Any] | None] | None | Unset
        if isinstance(self.logs, Unset):
            logs = UNSET
        elif isinstance(self.logs, list):
            logs = []
            for logs_type_0_item_data in self.logs:
                logs_type_0_item: dict[str, Any] | None
                if isinstance(logs_type_0_item_data, MachineStartError):
                    logs_type_0_item = logs_type_0_item_data.to_dict()
                else:
                    logs_type_0_item = logs_type_0_item_data
                logs.append(logs_type_0_item)

        else:
            logs = self.logs

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if logs is not UNSET:
            field_dict["logs"] = logs

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.machine_start_error import MachineStartError  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_logs(data: object) -> list[MachineStartError | None] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                logs_type_0 = []
                _logs_type_0 = data
                for logs_type_0_item_data in _logs_type_0:

                    def _parse_logs_type_0_item(data: object) -> MachineStartError | None:
                        if data is None:
                            return data
                        try:
                            if not isinstance(data, dict):
                                raise TypeError()
                            logs_type_0_item_type_0 = MachineStartError.from_dict(data)

                            return logs_type_0_item_type_0
                        except (TypeError, ValueError, AttributeError, KeyError):
                            pass
                        return cast("MachineStartError | None", data)

                    logs_type_0_item = _parse_logs_type_0_item(logs_type_0_item_data)

                    logs_type_0.append(logs_type_0_item)

                return logs_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[MachineStartError | None] | None | Unset", data)

        logs = _parse_logs(d.pop("logs", UNSET))

        machine_start_errors = cls(
            logs=logs,
        )

        machine_start_errors.additional_properties = d
        return machine_start_errors

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
