from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="AssetRegister")


@_attrs_define
class AssetRegister:
    """A file that was uploaded by a link."""

    file_id: str
    """ As the link to upload brought it. """
    file_name: str
    """ Any name. """
    file_size: int
    """ In bytes. """
    db_path: str
    """ As the link to upload brought it. """
    url: str
    """ The download_url that the link to upload brought. """
    mime_type: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        file_id = self.file_id

        file_name = self.file_name

        file_size = self.file_size

        db_path = self.db_path

        url = self.url

        mime_type = self.mime_type

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "file_id": file_id,
                "file_name": file_name,
                "file_size": file_size,
                "db_path": db_path,
                "url": url,
                "mime_type": mime_type,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        file_id = d.pop("file_id")

        file_name = d.pop("file_name")

        file_size = d.pop("file_size")

        db_path = d.pop("db_path")

        url = d.pop("url")

        mime_type = d.pop("mime_type")

        asset_register = cls(
            file_id=file_id,
            file_name=file_name,
            file_size=file_size,
            db_path=db_path,
            url=url,
            mime_type=mime_type,
        )

        asset_register.additional_properties = d
        return asset_register

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
