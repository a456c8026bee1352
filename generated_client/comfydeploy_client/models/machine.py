from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Machine")


@_attrs_define
class Machine:
    """Where workflows run. Each operation gives a part of these fields. Seconds for timeouts."""

    id: str
    name: None | str | Unset = UNSET
    type_: None | str | Unset = UNSET
    """ classic, runpod-serverless, modal-serverless, comfy-deploy-serverless, workspace, workspace-v2; more may
    come.
     """
    status: None | str | Unset = UNSET
    """ not-started, ready, building, error, running, paused, starting; more may come. """
    gpu: None | str | Unset = UNSET
    comfyui_version: None | str | Unset = UNSET
    machine_version: None | str | Unset = UNSET
    machine_version_id: None | str | Unset = UNSET
    machine_builder_version: None | str | Unset = UNSET
    import_failed_logs: None | str | Unset = UNSET
    docker_command_steps: Any | Unset = UNSET
    """ An object with `steps`, or null. """
    has_workflows: bool | None | Unset = UNSET
    is_workspace: bool | None | Unset = UNSET
    deleted: bool | None | Unset = UNSET
    user_id: None | str | Unset = UNSET
    org_id: None | str | Unset = UNSET
    created_at: None | str | Unset = UNSET
    updated_at: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

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

        status: None | str | Unset
        if isinstance(self.status, Unset):
            status = UNSET
        else:
            status = self.status

        gpu: None | str | Unset
        if isinstance(self.gpu, Unset):
            gpu = UNSET
        else:
            gpu = self.gpu

        comfyui_version: None | str | Unset
        if isinstance(self.comfyui_version, Unset):
            comfyui_version = UNSET
        else:
            comfyui_version = self.comfyui_version

        machine_version: None | str | Unset
        if isinstance(self.machine_version, Unset):
            machine_version = UNSET
        else:
            machine_version = self.machine_version

        machine_version_id: None | str | Unset
        if isinstance(self.machine_version_id, Unset):
            machine_version_id = UNSET
        else:
            machine_version_id = self.machine_version_id

        machine_builder_version: None | str | Unset
        if isinstance(self.machine_builder_version, Unset):
            machine_builder_version = UNSET
        else:
            machine_builder_version = self.machine_builder_version

        import_failed_logs: None | str | Unset
        if isinstance(self.import_failed_logs, Unset):
            import_failed_logs = UNSET
        else:
            import_failed_logs = self.import_failed_logs

        docker_command_steps = self.docker_command_steps

        has_workflows: bool | None | Unset
        if isinstance(self.has_workflows, Unset):
            has_workflows = UNSET
        else:
            has_workflows = self.has_workflows

        is_workspace: bool | None | Unset
        if isinstance(self.is_workspace, Unset):
            is_workspace = UNSET
        else:
            is_workspace = self.is_workspace

        deleted: bool | None | Unset
        if isinstance(self.deleted, Unset):
            deleted = UNSET
        else:
            deleted = self.deleted

        user_id: None | str | Unset
        if isinstance(self.user_id, Unset):
            user_id = UNSET
        else:
            user_id = self.user_id

        org_id: None | str | Unset
        if isinstance(self.org_id, Unset):
            org_id = UNSET
        else:
            org_id = self.org_id

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

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name
        if type_ is not UNSET:
            field_dict["type"] = type_
        if status is not UNSET:
            field_dict["status"] = status
        if gpu is not UNSET:
            field_dict["gpu"] = gpu
        if comfyui_version is not UNSET:
            field_dict["comfyui_version"] = comfyui_version
        if machine_version is not UNSET:
            field_dict["machine_version"] = machine_version
        if machine_version_id is not UNSET:
            field_dict["machine_version_id"] = machine_version_id
        if machine_builder_version is not UNSET:
            field_dict["machine_builder_version"] = machine_builder_version
        if import_failed_logs is not UNSET:
            field_dict["import_failed_logs"] = import_failed_logs
        if docker_command_steps is not UNSET:
            field_dict["docker_command_steps"] = docker_command_steps
        if has_workflows is not UNSET:
            field_dict["has_workflows"] = has_workflows
        if is_workspace is not UNSET:
            field_dict["is_workspace"] = is_workspace
        if deleted is not UNSET:
            field_dict["deleted"] = deleted
        if user_id is not UNSET:
            field_dict["user_id"] = user_id
        if org_id is not UNSET:
            field_dict["org_id"] = org_id
        if created_at is not UNSET:
            field_dict["created_at"] = created_at
        if updated_at is not UNSET:
            field_dict["updated_at"] = updated_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        name = _parse_name(d.pop("name", UNSET))

        def _parse_type_(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        type_ = _parse_type_(d.pop("type", UNSET))

        def _parse_status(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        status = _parse_status(d.pop("status", UNSET))

        def _parse_gpu(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        gpu = _parse_gpu(d.pop("gpu", UNSET))

        def _parse_comfyui_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        comfyui_version = _parse_comfyui_version(d.pop("comfyui_version", UNSET))

        def _parse_machine_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        machine_version = _parse_machine_version(d.pop("machine_version", UNSET))

        def _parse_machine_version_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        machine_version_id = _parse_machine_version_id(d.pop("machine_version_id", UNSET))

        def _parse_machine_builder_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        machine_builder_version = _parse_machine_builder_version(d.pop("machine_builder_version", UNSET))

        def _parse_import_failed_logs(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        import_failed_logs = _parse_import_failed_logs(d.pop("import_failed_logs", UNSET))

        docker_command_steps = d.pop("docker_command_steps", UNSET)

        def _parse_has_workflows(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        has_workflows = _parse_has_workflows(d.pop("has_workflows", UNSET))

        def _parse_is_workspace(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        is_workspace = _parse_is_workspace(d.pop("is_workspace", UNSET))

        def _parse_deleted(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        deleted = _parse_deleted(d.pop("deleted", UNSET))

        def _parse_user_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        user_id = _parse_user_id(d.pop("user_id", UNSET))

        def _parse_org_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        org_id = _parse_org_id(d.pop("org_id", UNSET))

        def _parse_created_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        created_at = _parse_created_at(d.pop("created_at", UNSET))

        def _parse_updated_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        updated_at = _parse_updated_at(d.pop("updated_at", UNSET))

        machine = cls(
            id=id,
            name=name,
            type_=type_,
            status=status,
            gpu=gpu,
            comfyui_version=comfyui_version,
            machine_version=machine_version,
            machine_version_id=machine_version_id,
            machine_builder_version=machine_builder_version,
            import_failed_logs=import_failed_logs,
            docker_command_steps=docker_command_steps,
            has_workflows=has_workflows,
            is_workspace=is_workspace,
            deleted=deleted,
            user_id=user_id,
            org_id=org_id,
            created_at=created_at,
            updated_at=updated_at,
        )

        machine.additional_properties = d
        return machine

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
