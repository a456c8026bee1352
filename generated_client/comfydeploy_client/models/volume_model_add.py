from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.model_source import ModelSource
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.civitai_model import CivitaiModel
    from ..models.hugging_face_repo import HuggingFaceRepo


T = TypeVar("T", bound="VolumeModelAdd")


@_attrs_define
class VolumeModelAdd:
    """A model to download. Which other field is needed depends on `source`."""

    source: ModelSource
    """ Where a model comes from. """
    folder_path: str
    """ The folder of the volume, as checkpoints. """
    filename: None | str | Unset = UNSET
    """ The name of the file; else as the source names it. Hugging Face without a name downloads the whole
    repository into a folder.
     """
    huggingface: HuggingFaceRepo | None | Unset = UNSET
    """ Needed for huggingface. """
    civitai: CivitaiModel | None | Unset = UNSET
    """ Needed for civitai. """
    download_link: None | str | Unset = UNSET
    """ Needed for link, even when the key of an upload is given. """
    is_temporary_upload: bool | None | Unset = UNSET
    """ Take over the upload with s3ObjectKey instead of the link; false unless given. """
    s_3_object_key: None | str | Unset = UNSET
    """ The key of a file uploaded for the volume. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.civitai_model import CivitaiModel  # noqa: PLC0415
        from ..models.hugging_face_repo import HuggingFaceRepo  # noqa: PLC0415

        source = self.source.value

        folder_path = self.folder_path

        filename: None | str | Unset
        if isinstance(self.filename, Unset):
            filename = UNSET
        else:
            filename = self.filename

        huggingface: dict[str, Any] | None | Unset
        if isinstance(self.huggingface, Unset):
            huggingface = UNSET
        elif isinstance(self.huggingface, HuggingFaceRepo):
            huggingface = self.huggingface.to_dict()
        else:
            huggingface = self.huggingface

        civitai: dict[str, Any] | None | Unset
        if isinstance(self.civitai, Unset):
            civitai = UNSET
        elif isinstance(self.civitai, CivitaiModel):
            civitai = self.civitai.to_dict()
        else:
            civitai = self.civitai

        download_link: None | str | Unset
        if isinstance(self.download_link, Unset):
            download_link = UNSET
        else:
            download_link = self.download_link

        is_temporary_upload: bool | None | Unset
        if isinstance(self.is_temporary_upload, Unset):
            is_temporary_upload = UNSET
        else:
            is_temporary_upload = self.is_temporary_upload

        s_3_object_key: None | str | Unset
        if isinstance(self.s_3_object_key, Unset):
            s_3_object_key = UNSET
        else:
            s_3_object_key = self.s_3_object_key

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "source": source,
                "folderPath": folder_path,
            }
        )
        if filename is not UNSET:
            field_dict["filename"] = filename
        if huggingface is not UNSET:
            field_dict["huggingface"] = huggingface
        if civitai is not UNSET:
            field_dict["civitai"] = civitai
        if download_link is not UNSET:
            field_dict["downloadLink"] = download_link
        if is_temporary_upload is not UNSET:
            field_dict["isTemporaryUpload"] = is_temporary_upload
        if s_3_object_key is not UNSET:
            field_dict["s3ObjectKey"] = s_3_object_key

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.civitai_model import CivitaiModel  # noqa: PLC0415
        from ..models.hugging_face_repo import HuggingFaceRepo  # noqa: PLC0415

        d = dict(src_dict)
        source = ModelSource(d.pop("source"))

        folder_path = d.pop("folderPath")

        def _parse_filename(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        filename = _parse_filename(d.pop("filename", UNSET))

        def _parse_huggingface(data: object) -> HuggingFaceRepo | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                huggingface_type_0 = HuggingFaceRepo.from_dict(data)

                return huggingface_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("HuggingFaceRepo | None | Unset", data)

        huggingface = _parse_huggingface(d.pop("huggingface", UNSET))

        def _parse_civitai(data: object) -> CivitaiModel | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                civitai_type_0 = CivitaiModel.from_dict(data)

                return civitai_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("CivitaiModel | None | Unset", data)

        civitai = _parse_civitai(d.pop("civitai", UNSET))

        def _parse_download_link(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        download_link = _parse_download_link(d.pop("downloadLink", UNSET))

        def _parse_is_temporary_upload(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        is_temporary_upload = _parse_is_temporary_upload(d.pop("isTemporaryUpload", UNSET))

        def _parse_s_3_object_key(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        s_3_object_key = _parse_s_3_object_key(d.pop("s3ObjectKey", UNSET))

        volume_model_add = cls(
            source=source,
            folder_path=folder_path,
            filename=filename,
            huggingface=huggingface,
            civitai=civitai,
            download_link=download_link,
            is_temporary_upload=is_temporary_upload,
            s_3_object_key=s_3_object_key,
        )

        volume_model_add.additional_properties = d
        return volume_model_add

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
