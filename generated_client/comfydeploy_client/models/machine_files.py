from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="MachineFiles")


@_attrs_define
class MachineFiles:
    """One folder of a machine."""

    path: None | str | Unset = UNSET
    """ The whole path within the machine. """
    directories: list[None | str] | None | Unset = UNSET
    """ Names. """
    files: list[None | str] | None | Unset = UNSET
    """ Names. """
    contents: Any | Unset = UNSET
    """ An object by name of objects with `type` (file or directory), and for files `size` in bytes and
    `last_modified` in seconds since 1970.
     """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        path: None | str | Unset
        if isinstance(self.path, Unset):
            path = UNSET
        else:
            path = self.path

        directories: list[None | str] | None | Unset
        if isinstance(self.directories, Unset):
            directories = UNSET
        elif isinstance(self.directories, list):
            directories = []
            for directories_type_0_item_data in self.directories:
                directories_type_0_item: None | str
                directories_type_0_item = directories_type_0_item_data
                directories.append(directories_type_0_item)

        else:
            directories = self.directories

        files: list[None | str] | None | Unset
        if isinstance(self.files, Unset):
            files = UNSET
        elif isinstance(self.files, list):
            files = []
            for files_type_0_item_data in self.files:
                files_type_0_item: None | str
                files_type_0_item = files_type_0_item_data
                files.append(files_type_0_item)

        else:
            files = self.files

        contents = self.contents

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if path is not UNSET:
            field_dict["path"] = path
        if directories is not UNSET:
            field_dict["directories"] = directories
        if files is not UNSET:
            field_dict["files"] = files
        if contents is not UNSET:
            field_dict["contents"] = contents

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_path(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        path = _parse_path(d.pop("path", UNSET))

        def _parse_directories(data: object) -> list[None | str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                directories_type_0 = []
                _directories_type_0 = data
                for directories_type_0_item_data in _directories_type_0:

                    def _parse_directories_type_0_item(data: object) -> None | str:
                        if data is None:
                            return data
                        return cast("None | str", data)

                    directories_type_0_item = _parse_directories_type_0_item(directories_type_0_item_data)

                    directories_type_0.append(directories_type_0_item)

                return directories_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[None | str] | None | Unset", data)

        directories = _parse_directories(d.pop("directories", UNSET))

        def _parse_files(data: object) -> list[None | str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                files_type_0 = []
                _files_type_0 = data
                for files_type_0_item_data in _files_type_0:

                    def _parse_files_type_0_item(data: object) -> None | str:
                        if data is None:
                            return data
                        return cast("None | str", data)

                    files_type_0_item = _parse_files_type_0_item(files_type_0_item_data)

                    files_type_0.append(files_type_0_item)

                return files_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[None | str] | None | Unset", data)

        files = _parse_files(d.pop("files", UNSET))

        contents = d.pop("contents", UNSET)

        machine_files = cls(
            path=path,
            directories=directories,
            files=files,
            contents=contents,
        )

        machine_files.additional_properties = d
        return machine_files

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
