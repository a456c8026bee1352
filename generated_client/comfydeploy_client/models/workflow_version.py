from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="WorkflowVersion")


@_attrs_define
class WorkflowVersion:
    """One version of a workflow's graph."""

    id: str
    workflow_id: None | str | Unset = UNSET
    version: int | None | Unset = UNSET
    """ Its number within the workflow. """
    workflow: Any | Unset = UNSET
    """ The graph as ComfyUI's editor saves it. """
    workflow_api: Any | Unset = UNSET
    """ The graph in ComfyUI's API format. """
    comment: None | str | Unset = UNSET
    snapshot: Any | Unset = UNSET
    """ An object or null. """
    dependencies: Any | Unset = UNSET
    """ An object or null. """
    comfyui_snapshot: Any | Unset = UNSET
    """ An object or null. """
    machine_id: None | str | Unset = UNSET
    machine_version_id: None | str | Unset = UNSET
    user_id: None | str | Unset = UNSET
    created_at: None | str | Unset = UNSET
    updated_at: None | str | Unset = UNSET
    user_icon: None | str | Unset = UNSET
    """ Only in the list of versions. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        workflow_id: None | str | Unset
        if isinstance(self.workflow_id, Unset):
            workflow_id = UNSET
        else:
            workflow_id = self.workflow_id

        version: int | None | Unset
        if isinstance(self.version, Unset):
            version = UNSET
        else:
            version = self.version

        workflow = self.workflow

        workflow_api = self.workflow_api

        comment: None | str | Unset
        if isinstance(self.comment, Unset):
            comment = UNSET
        else:
            comment = self.comment

        snapshot = self.snapshot

        dependencies = self.dependencies

        comfyui_snapshot = self.comfyui_snapshot

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

        user_id: None | str | Unset
        if isinstance(self.user_id, Unset):
            user_id = UNSET
        else:
            user_id = self.user_id

        created_at: None | str | Unset
        if isinstance(self.created_at, Unset):
            created_at = UNSET
        else:
            created_at = self.created_at

        updated_at: None | str | Unset
        if isinstance(self.updated_at, Unset):
            updated_at = UNSET
        else:
            updated_at = self.updated_at

        user_icon: None | str | Unset
        if isinstance(self.user_icon, Unset):
            user_icon = UNSET
        else:
            user_icon = self.user_icon

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
            }
        )
        if workflow_id is not UNSET:
            field_dict["workflow_id"] = workflow_id
        if version is not UNSET:
            field_dict["version"] = version
        if workflow is not UNSET:
            field_dict["workflow"] = workflow
        if workflow_api is not UNSET:
            field_dict["workflow_api"] = workflow_api
        if comment is not UNSET:
            field_dict["comment"] = comment
        if snapshot is not UNSET:
            field_dict["snapshot"] = snapshot
        if dependencies is not UNSET:
            field_dict["dependencies"] = dependencies
        if comfyui_snapshot is not UNSET:
            field_dict["comfyui_snapshot"] = comfyui_snapshot
        if machine_id is not UNSET:
            field_dict["machine_id"] = machine_id
        if machine_version_id is not UNSET:
            field_dict["machine_version_id"] = machine_version_id
        if user_id is not UNSET:
            field_dict["user_id"] = user_id
        if created_at is not UNSET:
            field_dict["created_at"] = created_at
        if updated_at is not UNSET:
            field_dict["updated_at"] = updated_at
        if user_icon is not UNSET:
            field_dict["user_icon"] = user_icon

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        def _parse_workflow_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        workflow_id = _parse_workflow_id(d.pop("workflow_id", UNSET))

        def _parse_version(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        version = _parse_version(d.pop("version", UNSET))

        workflow = d.pop("workflow", UNSET)

        workflow_api = d.pop("workflow_api", UNSET)

        def _parse_comment(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        comment = _parse_comment(d.pop("comment", UNSET))

        snapshot = d.pop("snapshot", UNSET)

        dependencies = d.pop("dependencies", UNSET)

        comfyui_snapshot = d.pop("comfyui_snapshot", UNSET)

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

        def _parse_user_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        user_id = _parse_user_id(d.pop("user_id", UNSET))

        def _parse_created_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        created_at = _parse_created_at(d.pop("created_at", UNSET))

        def _parse_updated_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        updated_at = _parse_updated_at(d.pop("updated_at", UNSET))

        def _parse_user_icon(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        user_icon = _parse_user_icon(d.pop("user_icon", UNSET))

        workflow_version = cls(
            id=id,
            workflow_id=workflow_id,
            version=version,
            workflow=workflow,
            workflow_api=workflow_api,
            comment=comment,
            snapshot=snapshot,
            dependencies=dependencies,
            comfyui_snapshot=comfyui_snapshot,
            machine_id=machine_id,
            machine_version_id=machine_version_id,
            user_id=user_id,
            created_at=created_at,
            updated_at=updated_at,
            user_icon=user_icon,
        )

        workflow_version.additional_properties = d
        return workflow_version

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
