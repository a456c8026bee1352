from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.workflow_version import WorkflowVersion


T = TypeVar("T", bound="Workflow")


@_attrs_define
class Workflow:
    """A ComfyUI workflow and the versions that were asked for."""

    id: str
    name: None | str | Unset = UNSET
    description: None | str | Unset = UNSET
    cover_image: None | str | Unset = UNSET
    selected_machine_id: None | str | Unset = UNSET
    pinned: bool | None | Unset = UNSET
    deleted: bool | None | Unset = UNSET
    user_id: None | str | Unset = UNSET
    org_id: None | str | Unset = UNSET
    created_at: None | str | Unset = UNSET
    updated_at: None | str | Unset = UNSET
    versions: list[None | WorkflowVersion] | None | Unset = UNSET
    """ Newest first; one null when there is no version. """
    user_name: None | str | Unset = UNSET
    """ Only in one list. """
    user_icon: None | str | Unset = UNSET
    """ Only in one list. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.workflow_version import WorkflowVersion  # noqa: PLC0415

        id = self.id

        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        description: None | str | Unset
        if isinstance(self.description, Unset):
            description = UNSET
        else:
            description = self.description

        cover_image: None | str | Unset
        if isinstance(self.cover_image, Unset):
            cover_image = UNSET
        else:
            cover_image = self.cover_image

        selected_machine_id: None | str | Unset
        if isinstance(self.selected_machine_id, Unset):
            selected_machine_id = UNSET
        else:
            selected_machine_id = self.selected_machine_id

        pinned: bool | None | Unset
        if isinstance(self.pinned, Unset):
            pinned = UNSET
        else:
            pinned = self.pinned

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

        versions: list[dict[str, Any] | None] | None | Unset
        if isinstance(self.versions, Unset):
            versions = UNSET
        elif isinstance(self.versions, list):
            versions = []
            for versions_type_0_item_data in self.versions:
                versions_type_0_item: dict[str, Any] | None
                if isinstance(versions_type_0_item_data, WorkflowVersion):
                    versions_type_0_item = versions_type_0_item_data.to_dict()
                else:
                    versions_type_0_item = versions_type_0_item_data
                versions.append(versions_type_0_item)

        else:
            versions = self.versions

        user_name: None | str | Unset
        if isinstance(self.user_name, Unset):
            user_name = UNSET
        else:
            user_name = self.user_name

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
        if name is not UNSET:
            field_dict["name"] = name
        if description is not UNSET:
            field_dict["description"] = description
        if cover_image is not UNSET:
            field_dict["cover_image"] = cover_image
        if selected_machine_id is not UNSET:
            field_dict["selected_machine_id"] = selected_machine_id
        if pinned is not UNSET:
            field_dict["pinned"] = pinned
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
        if versions is not UNSET:
            field_dict["versions"] = versions
        if user_name is not UNSET:
            field_dict["user_name"] = user_name
        if user_icon is not UNSET:
            field_dict["user_icon"] = user_icon

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.workflow_version import WorkflowVersion  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        name = _parse_name(d.pop("name", UNSET))

        def _parse_description(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        description = _parse_description(d.pop("description", UNSET))

        def _parse_cover_image(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        cover_image = _parse_cover_image(d.pop("cover_image", UNSET))

        def _parse_selected_machine_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        selected_machine_id = _parse_selected_machine_id(d.pop("selected_machine_id", UNSET))

        def _parse_pinned(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        pinned = _parse_pinned(d.pop("pinned", UNSET))

        def _parse_deleted(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        deleted = _parse_deleted(d.pop("deleted", UNSET))

        def _parse_user_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        user_id = _parse_user_id(d.pop("user_id", UNSET))

        def _parse_org_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        org_id = _parse_org_id(d.pop("org_id", UNSET))

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

        def _parse_versions(data: object) -> list[None | WorkflowVersion] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                versions_type_0 = []
                _versions_type_0 = data
                for versions_type_0_item_data in _versions_type_0:

                    def _parse_versions_type_0_item(data: object) -> None | WorkflowVersion:
                        if data is None:
                            return data
                        try:
                            if not isinstance(data, dict):
                                raise TypeError()
                            versions_type_0_item_type_0 = WorkflowVersion.from_dict(data)

                            return versions_type_0_item_type_0
                        except (TypeError, ValueError, AttributeError, KeyError):
                            pass
                        return cast("None | WorkflowVersion", data)

                    versions_type_0_item = _parse_versions_type_0_item(versions_type_0_item_data)

                    versions_type_0.append(versions_type_0_item)

                return versions_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[None | WorkflowVersion] | None | Unset", data)

        versions = _parse_versions(d.pop("versions", UNSET))

        def _parse_user_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        user_name = _parse_user_name(d.pop("user_name", UNSET))

        def _parse_user_icon(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        user_icon = _parse_user_icon(d.pop("user_icon", UNSET))

        workflow = cls(
            id=id,
            name=name,
            description=description,
            cover_image=cover_image,
            selected_machine_id=selected_machine_id,
            pinned=pinned,
            deleted=deleted,
            user_id=user_id,
            org_id=org_id,
            created_at=created_at,
            updated_at=updated_at,
            versions=versions,
            user_name=user_name,
            user_icon=user_icon,
        )

        workflow.additional_properties = d
        return workflow

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
