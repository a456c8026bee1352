from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="VolumeModel")


@_attrs_define
class VolumeModel:
    """A download to the volume. May come without any field."""

    id: None | str | Unset = UNSET
    model_name: None | str | Unset = UNSET
    """ The name of the file. """
    folder_path: None | str | Unset = UNSET
    status: None | str | Unset = UNSET
    """ started, success, failed, cancelled; more may come. """
    download_progress: int | None | Unset = UNSET
    """ From 0 to 100. """
    is_done: bool | None | Unset = UNSET
    error_log: None | str | Unset = UNSET
    """ Why it failed. """
    size: int | None | Unset = UNSET
    """ In bytes. """
    upload_type: None | str | Unset = UNSET
    """ civitai, huggingface, download-url, other; more may come. """
    model_type: None | str | Unset = UNSET
    """ checkpoint, lora, custom and others; more may come. """
    description: None | str | Unset = UNSET
    user_volume_id: None | str | Unset = UNSET
    target_symlink_path: None | str | Unset = UNSET
    civitai_id: None | str | Unset = UNSET
    civitai_version_id: None | str | Unset = UNSET
    civitai_url: None | str | Unset = UNSET
    civitai_download_url: None | str | Unset = UNSET
    civitai_model_response: Any | Unset = UNSET
    """ All that Civitai says of the model, an object; or null. """
    hf_url: None | str | Unset = UNSET
    s3_url: None | str | Unset = UNSET
    user_url: None | str | Unset = UNSET
    """ The link it is downloaded from. """
    filehash_sha256: None | str | Unset = UNSET
    is_public: bool | None | Unset = UNSET
    upload_machine_id: None | str | Unset = UNSET
    deleted: bool | None | Unset = UNSET
    user_id: None | str | Unset = UNSET
    org_id: None | str | Unset = UNSET
    created_at: None | str | Unset = UNSET
    updated_at: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id: None | str | Unset
        if isinstance(self.id, Unset):
            id = UNSET
        else:
            id = self.id

        model_name: None | str | Unset
        if isinstance(self.model_name, Unset):
            model_name = UNSET
        else:
            model_name = self.model_name

        folder_path: None | str | Unset
        if isinstance(self.folder_path, Unset):
            folder_path = UNSET
        else:
            folder_path = self.folder_path

        status: None | str | Unset
        if isinstance(self.status, Unset):
            status = UNSET
        else:
            status = self.status

        download_progress: int | None | Unset
        if isinstance(self.download_progress, Unset):
            download_progress = UNSET
        else:
            download_progress = self.download_progress

        is_done: bool | None | Unset
        if isinstance(self.is_done, Unset):
            is_done = UNSET
        else:
            is_done = self.is_done

        error_log: None | str | Unset
        if isinstance(self.error_log, Unset):
            error_log = UNSET
        else:
            error_log = self.error_log

        size: int | None | Unset
        if isinstance(self.size, Unset):
            size = UNSET
        else:
            size = self.size

        upload_type: None | str | Unset
        if isinstance(self.upload_type, Unset):
            upload_type = UNSET
        else:
            upload_type = self.upload_type

        model_type: None | str | Unset
        if isinstance(self.model_type, Unset):
            model_type = UNSET
        else:
            model_type = self.model_type

        description: None | str | Unset
        if isinstance(self.description, Unset):
            description = UNSET
        else:
            description = self.description

        user_volume_id: None | str | Unset
        if isinstance(self.user_volume_id, Unset):
            user_volume_id = UNSET
        else:
            user_volume_id = self.user_volume_id

        target_symlink_path: None | str | Unset
        if isinstance(self.target_symlink_path, Unset):
            target_symlink_path = UNSET
        else:
            target_symlink_path = self.target_symlink_path

        civitai_id: None | str | Unset
        if isinstance(self.civitai_id, Unset):
            civitai_id = UNSET
        else:
            civitai_id = self.civitai_id

        civitai_version_id: None | str | Unset
        if isinstance(self.civitai_version_id, Unset):
            civitai_version_id = UNSET
        else:
            civitai_version_id = self.civitai_version_id

        civitai_url: None | str | Unset
        if isinstance(self.civitai_url, Unset):
            civitai_url = UNSET
        else:
            civitai_url = self.civitai_url

        civitai_download_url: None | str | Unset
        if isinstance(self.civitai_download_url, Unset):
            civitai_download_url = UNSET
        else:
            civitai_download_url = self.civitai_download_url

        civitai_model_response = self.civitai_model_response

        hf_url: None | str | Unset
        if isinstance(self.hf_url, Unset):
            hf_url = UNSET
        else:
            hf_url = self.hf_url

        s3_url: None | str | Unset
        if isinstance(self.s3_url, Unset):
            s3_url = UNSET
        else:
            s3_url = self.s3_url

        user_url: None | str | Unset
        if isinstance(self.user_url, Unset):
            user_url = UNSET
        else:
            user_url = self.user_url

        filehash_sha256: None | str | Unset
        if isinstance(self.filehash_sha256, Unset):
            filehash_sha256 = UNSET
        else:
            filehash_sha256 = self.filehash_sha256

        is_public: bool | None | Unset
        if isinstance(self.is_public, Unset):
            is_public = UNSET
        else:
            is_public = self.is_public

        upload_machine_id: None | str | Unset
        if isinstance(self.upload_machine_id, Unset):
            upload_machine_id = UNSET
        else:
            upload_machine_id = self.upload_machine_id

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
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if model_name is not UNSET:
            field_dict["model_name"] = model_name
        if folder_path is not UNSET:
            field_dict["folder_path"] = folder_path
        if status is not UNSET:
            field_dict["status"] = status
        if download_progress is not UNSET:
            field_dict["download_progress"] = download_progress
        if is_done is not UNSET:
            field_dict["is_done"] = is_done
        if error_log is not UNSET:
            field_dict["error_log"] = error_log
        if size is not UNSET:
            field_dict["size"] = size
        if upload_type is not UNSET:
            field_dict["upload_type"] = upload_type
        if model_type is not UNSET:
            field_dict["model_type"] = model_type
        if description is not UNSET:
            field_dict["description"] = description
        if user_volume_id is not UNSET:
            field_dict["user_volume_id"] = user_volume_id
        if target_symlink_path is not UNSET:
            field_dict["target_symlink_path"] = target_symlink_path
        if civitai_id is not UNSET:
            field_dict["civitai_id"] = civitai_id
        if civitai_version_id is not UNSET:
            field_dict["civitai_version_id"] = civitai_version_id
        if civitai_url is not UNSET:
            field_dict["civitai_url"] = civitai_url
        if civitai_download_url is not UNSET:
            field_dict["civitai_download_url"] = civitai_download_url
        if civitai_model_response is not UNSET:
            field_dict["civitai_model_response"] = civitai_model_response
        if hf_url is not UNSET:
            field_dict["hf_url"] = hf_url
        if s3_url is not UNSET:
            field_dict["s3_url"] = s3_url
        if user_url is not UNSET:
            field_dict["user_url"] = user_url
        if filehash_sha256 is not UNSET:
            field_dict["filehash_sha256"] = filehash_sha256
        if is_public is not UNSET:
            field_dict["is_public"] = is_public
        if upload_machine_id is not UNSET:
            field_dict["upload_machine_id"] = upload_machine_id
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

        def _parse_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        id = _parse_id(d.pop("id", UNSET))

        def _parse_model_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        model_name = _parse_model_name(d.pop("model_name", UNSET))

        def _parse_folder_path(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        folder_path = _parse_folder_path(d.pop("folder_path", UNSET))

        def _parse_status(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        status = _parse_status(d.pop("status", UNSET))

        def _parse_download_progress(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        download_progress = _parse_download_progress(d.pop("download_progress", UNSET))

        def _parse_is_done(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        is_done = _parse_is_done(d.pop("is_done", UNSET))

        def _parse_error_log(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        error_log = _parse_error_log(d.pop("error_log", UNSET))

        def _parse_size(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        size = _parse_size(d.pop("size", UNSET))

        def _parse_upload_type(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        upload_type = _parse_upload_type(d.pop("upload_type", UNSET))

        def _parse_model_type(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        model_type = _parse_model_type(d.pop("model_type", UNSET))

        def _parse_description(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        description = _parse_description(d.pop("description", UNSET))

        def _parse_user_volume_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        user_volume_id = _parse_user_volume_id(d.pop("user_volume_id", UNSET))

        def _parse_target_symlink_path(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        target_symlink_path = _parse_target_symlink_path(d.pop("target_symlink_path", UNSET))

        def _parse_civitai_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        civitai_id = _parse_civitai_id(d.pop("civitai_id", UNSET))

        def _parse_civitai_version_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        civitai_version_id = _parse_civitai_version_id(d.pop("civitai_version_id", UNSET))

        def _parse_civitai_url(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        civitai_url = _parse_civitai_url(d.pop("civitai_url", UNSET))

        def _parse_civitai_download_url(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        civitai_download_url = _parse_civitai_download_url(d.pop("civitai_download_url", UNSET))

        civitai_model_response = d.pop("civitai_model_response", UNSET)

        def _parse_hf_url(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        hf_url = _parse_hf_url(d.pop("hf_url", UNSET))

        def _parse_s3_url(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        s3_url = _parse_s3_url(d.pop("s3_url", UNSET))

        def _parse_user_url(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        user_url = _parse_user_url(d.pop("user_url", UNSET))

        def _parse_filehash_sha256(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        filehash_sha256 = _parse_filehash_sha256(d.pop("filehash_sha256", UNSET))

        def _parse_is_public(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        is_public = _parse_is_public(d.pop("is_public", UNSET))

        def _parse_upload_machine_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        upload_machine_id = _parse_upload_machine_id(d.pop("upload_machine_id", UNSET))

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

        volume_model = cls(
            id=id,
            model_name=model_name,
            folder_path=folder_path,
            status=status,
            download_progress=download_progress,
            is_done=is_done,
            error_log=error_log,
            size=size,
            upload_type=upload_type,
            model_type=model_type,
            description=description,
            user_volume_id=user_volume_id,
            target_symlink_path=target_symlink_path,
            civitai_id=civitai_id,
            civitai_version_id=civitai_version_id,
            civitai_url=civitai_url,
            civitai_download_url=civitai_download_url,
            civitai_model_response=civitai_model_response,
            hf_url=hf_url,
            s3_url=s3_url,
            user_url=user_url,
            filehash_sha256=filehash_sha256,
            is_public=is_public,
            upload_machine_id=upload_machine_id,
            deleted=deleted,
            user_id=user_id,
            org_id=org_id,
            created_at=created_at,
            updated_at=updated_at,
        )

        volume_model.additional_properties = d
        return volume_model

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
