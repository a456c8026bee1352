from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="VolumeFileAdd")


@_attrs_define
class VolumeFileAdd:
    """A file to download."""

    url: str
    filename: None | str
    """ Null for the name that the link gives. """
    folder_path: str
    """ The folder of the volume. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        url = self.url

        filename: None | str
        filename = self.filename

        folder_path = self.folder_path

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "url": url,
                "filename": filename,
                "folder_path": folder_path,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        url = d.pop("url")

        def _parse_filename(data: object) -> None | str:
            if data is None:
                return data
            return cast("None | str", data)

        filename = _parse_filename(d.pop("filename"))

        folder_path = d.pop("folder_path")

        volume_file_add = cls(
            url=url,
            filename=filename,
            folder_path=folder_path,
        )

        volume_file_add.additional_properties = d
        return volume_file_add

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
