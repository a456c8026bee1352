from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="WorkflowVersionCreate")


@_attrs_define
class WorkflowVersionCreate:
    """A new version. Here the graphs are objects."""

    workflow: Any
    """ The graph as ComfyUI's editor saves it, an object. """
    workflow_api: Any
    """ The graph in ComfyUI's API format, an object. """
    comment: None | str | Unset = UNSET
    machine_id: None | str | Unset = UNSET
    machine_version_id: None | str | Unset = UNSET
    comfyui_snapshot: Any | Unset = UNSET
    """ An object or null. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        workflow = self.workflow

        workflow_api = self.workflow_api

        comment: None | str | Unset
        if isinstance(self.comment, Unset):
            comment = UNSET
        else:
            comment = self.comment

        machine_id: None | str | Unset
        if isinstance(self.machine_id, Unset):
            machine_id = UNSET
        else:
            machine_id = self.machine_id

        machine_version_id: None | str | Unset
        if isinstance(self.machine_version_id, Unset):
            machine_version_id = UNSET
        else:
            machine_version_id = self.machine_version_id

        comfyui_snapshot = self.comfyui_snapshot

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "workflow": workflow,
                "workflow_api": workflow_api,
            }
        )
        if comment is not UNSET:
            field_dict["comment"] = comment
        if machine_id is not UNSET:
            field_dict["machine_id"] = machine_id
        if machine_version_id is not UNSET:
            field_dict["machine_version_id"] = machine_version_id
        if comfyui_snapshot is not UNSET:
            field_dict["comfyui_snapshot"] = comfyui_snapshot

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        workflow = d.pop("workflow")

        workflow_api = d.pop("workflow_api")

        def _parse_comment(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        comment = _parse_comment(d.pop("comment", UNSET))

        def _parse_machine_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        machine_id = _parse_machine_id(d.pop("machine_id", UNSET))

        def _parse_machine_version_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        machine_version_id = _parse_machine_version_id(d.pop("machine_version_id", UNSET))

        comfyui_snapshot = d.pop("comfyui_snapshot", UNSET)

        workflow_version_create = cls(
            workflow=workflow,
            workflow_api=workflow_api,
            comment=comment,
            machine_id=machine_id,
            machine_version_id=machine_version_id,
            comfyui_snapshot=comfyui_snapshot,
        )

        workflow_version_create.additional_properties = d
        return workflow_version_create

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
