from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.machine_environment import MachineEnvironment


T = TypeVar("T", bound="MachineExport")


@_attrs_define
class MachineExport:
    """A machine as it can be imported elsewhere. Without its secrets."""

    name: None | str | Unset = UNSET
    type_: None | str | Unset = UNSET
    export_version: None | str | Unset = UNSET
    """ Of the format. """
    exported_at: None | str | Unset = UNSET
    environment: MachineEnvironment | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.machine_environment import MachineEnvironment  # noqa: PLC0415

        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        type_: None | str | Unset
        if isinstance(self.type_, Unset):
            type_ = UNSET
        else:
            type_ = self.type_

        export_version: None | str | Unset
        if isinstance(self.export_version, Unset):
            export_version = UNSET
        else:
            export_version = self.export_version

        exported_at: None | str | Unset
        if isinstance(self.exported_at, Unset):
            exported_at = UNSET
        else:
            exported_at = self.exported_at

        environment: dict[str, Any] | None | Unset
        if isinstance(self.environment, Unset):
            environment = UNSET
        elif isinstance(self.environment, MachineEnvironment):
            environment = self.environment.to_dict()
        else:
            environment = self.environment

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if name is not UNSET:
            field_dict["name"] = name
        if type_ is not UNSET:
            field_dict["type"] = type_
        if export_version is not UNSET:
            field_dict["export_version"] = export_version
        if exported_at is not UNSET:
            field_dict["exported_at"] = exported_at
        if environment is not UNSET:
            field_dict["environment"] = environment

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.machine_environment import MachineEnvironment  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        name = _parse_name(d.pop("name", UNSET))

        def _parse_type_(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        type_ = _parse_type_(d.pop("type", UNSET))

        def _parse_export_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        export_version = _parse_export_version(d.pop("export_version", UNSET))

        def _parse_exported_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        exported_at = _parse_exported_at(d.pop("exported_at", UNSET))

        def _parse_environment(data: object) -> MachineEnvironment | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                environment_type_0 = MachineEnvironment.from_dict(data)

                return environment_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("MachineEnvironment | None | Unset", data)

        environment = _parse_environment(d.pop("environment", UNSET))

        machine_export = cls(
            name=name,
            type_=type_,
            export_version=export_version,
            exported_at=exported_at,
            environment=environment,
        )

        machine_export.additional_properties = d
        return machine_export

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
