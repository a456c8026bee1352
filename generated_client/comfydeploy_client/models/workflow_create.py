from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="WorkflowCreate")


@_attrs_define
class WorkflowCreate:
    """A new workflow. Here the graphs are JSON in text."""

    name: str
    workflow_json: str
    """ The graph as ComfyUI's editor saves it, as JSON text. """
    workflow_api: None | str | Unset = UNSET
    """ The graph in ComfyUI's API format, as JSON text. """
    machine_id: None | str | Unset = UNSET
    machine_version_id: None | str | Unset = UNSET
    comfyui_snapshot: Any | Unset = UNSET
    """ An object or null. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        workflow_json = self.workflow_json

        workflow_api: None | str | Unset
        if isinstance(self.workflow_api, Unset):
            workflow_api = UNSET
        else:
            workflow_api = self.workflow_api

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
                "name": name,
                "workflow_json": workflow_json,
            }
        )
        if workflow_api is not UNSET:
            field_dict["workflow_api"] = workflow_api
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
        name = d.pop("name")

        workflow_json = d.pop("workflow_json")

        def _parse_workflow_api(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        workflow_api = _parse_workflow_api(d.pop("workflow_api", UNSET))

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

        workflow_create = cls(
            name=name,
            workflow_json=workflow_json,
            workflow_api=workflow_api,
            machine_id=machine_id,
            machine_version_id=machine_version_id,
            comfyui_snapshot=comfyui_snapshot,
        )

        workflow_create.additional_properties = d
        return workflow_create

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
