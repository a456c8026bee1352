from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.catalog_model_input import CatalogModelInput
    from ..models.catalog_model_output import CatalogModelOutput


T = TypeVar("T", bound="CatalogModel")


@_attrs_define
class CatalogModel:
    """A ready-made model of the service."""

    id: str
    name: None | str | Unset = UNSET
    is_comfyui: bool | None | Unset = UNSET
    preview_image: None | str | Unset = UNSET
    inputs: list[CatalogModelInput | None] | None | Unset = UNSET
    outputs: list[CatalogModelOutput | None] | None | Unset = UNSET
    tags: list[None | str] | None | Unset = UNSET
    fal_id: None | str | Unset = UNSET
    cost_per_megapixel: float | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.catalog_model_input import CatalogModelInput  # noqa: PLC0415
        from ..models.catalog_model_output import CatalogModelOutput  # noqa: PLC0415

        id = self.id

        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        is_comfyui: bool | None | Unset
        if isinstance(self.is_comfyui, Unset):
            is_comfyui = UNSET
        else:
            is_comfyui = self.is_comfyui

        preview_image: None | str | Unset
        if isinstance(self.preview_image, Unset):
            preview_image = UNSET
        else:
            preview_image = self.preview_image

        inputs: list[dict[str, Any] | None] | None | Unset
        if isinstance(self.inputs, Unset):
            inputs = UNSET
        elif isinstance(self.inputs, list):
            inputs = []
            for inputs_type_0_item_data in self.inputs:
                inputs_type_0_item: dict[str, Any] | None
                if isinstance(inputs_type_0_item_data, CatalogModelInput):
                    inputs_type_0_item = inputs_type_0_item_data.to_dict()
                else:
                    inputs_type_0_item = inputs_type_0_item_data
                inputs.append(inputs_type_0_item)

        else:
            inputs = self.inputs

        outputs: list[dict[str, Any] | None] | None | Unset
        if isinstance(self.outputs, Unset):
            outputs = UNSET
        elif isinstance(self.outputs, list):
            outputs = []
            for outputs_type_0_item_data in self.outputs:
                outputs_type_0_item: dict[str, Any] | None
                if isinstance(outputs_type_0_item_data, CatalogModelOutput):
                    outputs_type_0_item = outputs_type_0_item_data.to_dict()
                else:
                    outputs_type_0_item = outputs_type_0_item_data
                outputs.append(outputs_type_0_item)

        else:
            outputs = self.outputs

        tags: list[None | str] | None | Unset
        if isinstance(self.tags, Unset):
            tags = UNSET
        elif isinstance(self.tags, list):
            tags = []
            for tags_type_0_item_data in self.tags:
                tags_type_0_item: None | str
                tags_type_0_item = tags_type_0_item_data
                tags.append(tags_type_0_item)

        else:
            tags = self.tags

        fal_id: None | str | Unset
        if isinstance(self.fal_id, Unset):
            fal_id = UNSET
        else:
            fal_id = self.fal_id

        cost_per_megapixel: float | None | Unset
        if isinstance(self.cost_per_megapixel, Unset):
            cost_per_megapixel = UNSET
        else:
            cost_per_megapixel = self.cost_per_megapixel

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name
        if is_comfyui is not UNSET:
            field_dict["is_comfyui"] = is_comfyui
        if preview_image is not UNSET:
            field_dict["preview_image"] = preview_image
        if inputs is not UNSET:
            field_dict["inputs"] = inputs
        if outputs is not UNSET:
            field_dict["outputs"] = outputs
        if tags is not UNSET:
            field_dict["tags"] = tags
        if fal_id is not UNSET:
            field_dict["fal_id"] = fal_id
        if cost_per_megapixel is not UNSET:
            field_dict["cost_per_megapixel"] = cost_per_megapixel

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.catalog_model_input import CatalogModelInput  # noqa: PLC0415
        from ..models.catalog_model_output import CatalogModelOutput  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        name = _parse_name(d.pop("name", UNSET))

        def _parse_is_comfyui(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        is_comfyui = _parse_is_comfyui(d.pop("is_comfyui", UNSET))

        def _parse_preview_image(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        preview_image = _parse_preview_image(d.pop("preview_image", UNSET))

        def _parse_inputs(data: object) -> list[CatalogModelInput | None] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                inputs_type_0 = []
                _inputs_type_0 = data
                for inputs_type_0_item_data in _inputs_type_0:

                    def _parse_inputs_type_0_item(data: object) -> CatalogModelInput | None:
                        if data is None:
                            return data
                        try:
                            if not isinstance(data, dict):
                                raise TypeError()
                            inputs_type_0_item_type_0 = CatalogModelInput.from_dict(data)

                            return inputs_type_0_item_type_0
                        except (TypeError, ValueError, AttributeError, KeyError):
                            pass
                        return cast("CatalogModelInput | None", data)

                    inputs_type_0_item = _parse_inputs_type_0_item(inputs_type_0_item_data)

                    inputs_type_0.append(inputs_type_0_item)

                return inputs_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[CatalogModelInput | None] | None | Unset", data)

        inputs = _parse_inputs(d.pop("inputs", UNSET))

        def _parse_outputs(data: object) -> list[CatalogModelOutput | None] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                outputs_type_0 = []
                _outputs_type_0 = data
                for outputs_type_0_item_data in _outputs_type_0:

                    def _parse_outputs_type_0_item(data: object) -> CatalogModelOutput | None:
                        if data is None:
                            return data
                        try:
                            if not isinstance(data, dict):
                                raise TypeError()
                            outputs_type_0_item_type_0 = CatalogModelOutput.from_dict(data)

                            return outputs_type_0_item_type_0
                        except (TypeError, ValueError, AttributeError, KeyError):
                            pass
                        return cast("CatalogModelOutput | None", data)

                    outputs_type_0_item = _parse_outputs_type_0_item(outputs_type_0_item_data)

                    outputs_type_0.append(outputs_type_0_item)

                return outputs_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[CatalogModelOutput | None] | None | Unset", data)

        outputs = _parse_outputs(d.pop("outputs", UNSET))

        def _parse_tags(data: object) -> list[None | str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                tags_type_0 = []
                _tags_type_0 = data
                for tags_type_0_item_data in _tags_type_0:

                    def _parse_tags_type_0_item(data: object) -> None | str:
                        if data is None:
                            return data
                        return cast("None | str", data)

                    tags_type_0_item = _parse_tags_type_0_item(tags_type_0_item_data)

                    tags_type_0.append(tags_type_0_item)

                return tags_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[None | str] | None | Unset", data)

        tags = _parse_tags(d.pop("tags", UNSET))

        def _parse_fal_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        fal_id = _parse_fal_id(d.pop("fal_id", UNSET))

        def _parse_cost_per_megapixel(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | Unset", data)

        cost_per_megapixel = _parse_cost_per_megapixel(d.pop("cost_per_megapixel", UNSET))

        catalog_model = cls(
            id=id,
            name=name,
            is_comfyui=is_comfyui,
            preview_image=preview_image,
            inputs=inputs,
            outputs=outputs,
            tags=tags,
            fal_id=fal_id,
            cost_per_megapixel=cost_per_megapixel,
        )

        catalog_model.additional_properties = d
        return catalog_model

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
