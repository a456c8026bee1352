from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.docker_command_when import DockerCommandWhen

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="DockerCommand")


@_attrs_define
class DockerCommand:
    """Lines of a Dockerfile, before or after the custom nodes are installed."""

    when: DockerCommandWhen
    commands: list[str]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        when = self.when.value

        commands = self.commands

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "when": when,
                "commands": commands,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        when = DockerCommandWhen(d.pop("when"))

        commands = cast("list[str]", d.pop("commands"))

        docker_command = cls(
            when=when,
            commands=commands,
        )

        docker_command.additional_properties = d
        return docker_command

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
