from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.ui_spec_file import UiSpecFile


T = TypeVar("T", bound="UiSpec")


@_attrs_define
class UiSpec:
    """A generated web form as an item of a shadcn registry."""

    schema: None | str | Unset = UNSET
    """ Where the form of such items is described. """
    name: None | str | Unset = UNSET
    type_: None | str | Unset = UNSET
    author: None | str | Unset = UNSET
    description: None | str | Unset = UNSET
    registry_dependencies: list[None | str] | None | Unset = UNSET
    files: list[None | UiSpecFile] | None | Unset = UNSET
    categories: list[None | str] | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.ui_spec_file import UiSpecFile  # noqa: PLC0415

        schema: None | str | Unset
        if isinstance(self.schema, Unset):
            schema = UNSET
        else:
            schema = self.schema

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

        author: None | str | Unset
        if isinstance(self.author, Unset):
            author = UNSET
        else:
            author = self.author

        description: None | str | Unset
        if isinstance(self.description, Unset):
            description = UNSET
        else:
            description = self.description

        registry_dependencies: list[None | str] | None | Unset
        if isinstance(self.registry_dependencies, Unset):
            registry_dependencies = UNSET
        elif isinstance(self.registry_dependencies, list):
            registry_dependencies = []
            for registry_dependencies_type_0_item_data in self.registry_dependencies:
                registry_dependencies_type_0_item: None | str
                registry_dependencies_type_0_item = registry_dependencies_type_0_item_data
                registry_dependencies.append(registry_dependencies_type_0_item)

        else:
            registry_dependencies = self.registry_dependencies

        files: list[dict[str, Any] | None] | None | Unset
        if isinstance(self.files, Unset):
            files = UNSET
        elif isinstance(self.files, list):
            files = []
            for files_type_0_item_data in self.files:
                files_type_0_item: dict[str, Any] | None
                if isinstance(files_type_0_item_data, UiSpecFile):
                    files_type_0_item = files_type_0_item_data.to_dict()
                else:
                    files_type_0_item = files_type_0_item_data
                files.append(files_type_0_item)

        else:
            files = self.files

        categories: list[None | str] | None | Unset
        if isinstance(self.categories, Unset):
            categories = UNSET
        elif isinstance(self.categories, list):
            categories = []
            for categories_type_0_item_data in self.categories:
                categories_type_0_item: None | str
                categories_type_0_item = categories_type_0_item_data
                categories.append(categories_type_0_item)

        else:
            categories = self.categories

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if schema is not UNSET:
            field_dict["$schema"] = schema
        if name is not UNSET:
            field_dict["name"] = name
        if type_ is not UNSET:
            field_dict["type"] = type_
        if author is not UNSET:
            field_dict["author"] = author
        if description is not UNSET:
            field_dict["description"] = description
        if registry_dependencies is not UNSET:
            field_dict["registryDependencies"] = registry_dependencies
        if files is not UNSET:
            field_dict["files"] = files
        if categories is not UNSET:
            field_dict["categories"] = categories

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.ui_spec_file import UiSpecFile  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_schema(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        schema = _parse_schema(d.pop("$schema", UNSET))

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        name = _parse_name(d.pop("name", UNSET))

        def _parse_type_(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        type_ = _parse_type_(d.pop("type", UNSET))

        def _parse_author(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        author = _parse_author(d.pop("author", UNSET))

        def _parse_description(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        description = _parse_description(d.pop("description", UNSET))

        def _parse_registry_dependencies(data: object) -> list[None | str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                registry_dependencies_type_0 = []
                _registry_dependencies_type_0 = data
                for registry_dependencies_type_0_item_data in _registry_dependencies_type_0:

                    def _parse_registry_dependencies_type_0_item(data: object) -> None | str:
                        if data is None:
                            return data
                        return cast("None | str", data)

                    registry_dependencies_type_0_item = _parse_registry_dependencies_type_0_item(
                        registry_dependencies_type_0_item_data
                    )

                    registry_dependencies_type_0.append(registry_dependencies_type_0_item)

                return registry_dependencies_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[None | str] | None | Unset", data)

        registry_dependencies = _parse_registry_dependencies(d.pop("registryDependencies", UNSET))

        def _parse_files(data: object) -> list[None | UiSpecFile] | None | Unset:
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

                    def _parse_files_type_0_item(data: object) -> None | UiSpecFile:
                        if data is None:
                            return data
                        try:
                            if not isinstance(data, dict):
                                raise TypeError()
                            files_type_0_item_type_0 = UiSpecFile.from_dict(data)

                            return files_type_0_item_type_0
                        except (TypeError, ValueError, AttributeError, KeyError):
                            pass
                        return cast("None | UiSpecFile", data)

                    files_type_0_item = _parse_files_type_0_item(files_type_0_item_data)

                    files_type_0.append(files_type_0_item)

                return files_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[None | UiSpecFile] | None | Unset", data)

        files = _parse_files(d.pop("files", UNSET))

        def _parse_categories(data: object) -> list[None | str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                categories_type_0 = []
                _categories_type_0 = data
                for categories_type_0_item_data in _categories_type_0:

                    def _parse_categories_type_0_item(data: object) -> None | str:
                        if data is None:
                            return data
                        return cast("None | str", data)

                    categories_type_0_item = _parse_categories_type_0_item(categories_type_0_item_data)

                    categories_type_0.append(categories_type_0_item)

                return categories_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[None | str] | None | Unset", data)

        categories = _parse_categories(d.pop("categories", UNSET))

        ui_spec = cls(
            schema=schema,
            name=name,
            type_=type_,
            author=author,
            description=description,
            registry_dependencies=registry_dependencies,
            files=files,
            categories=categories,
        )

        ui_spec.additional_properties = d
        return ui_spec

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
