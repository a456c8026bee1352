from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.machine_image import MachineImage


T = TypeVar("T", bound="MachineDockerCommands")


@_attrs_define
class MachineDockerCommands:
    """What the image of a machine is built with."""

    docker_commands: Any | Unset = UNSET
    """ A list of steps, each a list of lines of a Dockerfile. """
    machine_hash: None | str | Unset = UNSET
    """ Of these commands. """
    python_version: None | str | Unset = UNSET
    base_docker_image: None | str | Unset = UNSET
    machine_version: MachineImage | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.machine_image import MachineImage  # noqa: PLC0415

        docker_commands = self.docker_commands

        machine_hash: None | str | Unset
        if isinstance(self.machine_hash, Unset):
            machine_hash = UNSET
        else:
            machine_hash = self.machine_hash

        python_version: None | str | Unset
        if isinstance(self.python_version, Unset):
            python_version = UNSET
        else:
            python_version = self.python_version

        base_docker_image: None | str | Unset
        if isinstance(self.base_docker_image, Unset):
            base_docker_image = UNSET
        else:
            base_docker_image = self.base_docker_image

        machine_version: dict[str, Any] | None | Unset
        if isinstance(self.machine_version, Unset):
            machine_version = UNSET
        elif isinstance(self.machine_version, MachineImage):
            machine_version = self.machine_version.to_dict()
        else:
            machine_version = self.machine_version

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if docker_commands is not UNSET:
            field_dict["docker_commands"] = docker_commands
        if machine_hash is not UNSET:
            field_dict["machine_hash"] = machine_hash
        if python_version is not UNSET:
            field_dict["python_version"] = python_version
        if base_docker_image is not UNSET:
            field_dict["base_docker_image"] = base_docker_image
        if machine_version is not UNSET:
            field_dict["machine_version"] = machine_version

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.machine_image import MachineImage  # noqa: PLC0415

        d = dict(src_dict)
        docker_commands = d.pop("docker_commands", UNSET)

        def _parse_machine_hash(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        machine_hash = _parse_machine_hash(d.pop("machine_hash", UNSET))

        def _parse_python_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        python_version = _parse_python_version(d.pop("python_version", UNSET))

        def _parse_base_docker_image(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        base_docker_image = _parse_base_docker_image(d.pop("base_docker_image", UNSET))

        def _parse_machine_version(data: object) -> MachineImage | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                machine_version_type_0 = MachineImage.from_dict(data)

                return machine_version_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("MachineImage | None | Unset", data)

        machine_version = _parse_machine_version(d.pop("machine_version", UNSET))

        machine_docker_commands = cls(
            docker_commands=docker_commands,
            machine_hash=machine_hash,
            python_version=python_version,
            base_docker_image=base_docker_image,
            machine_version=machine_version,
        )

        machine_docker_commands.additional_properties = d
        return machine_docker_commands

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
