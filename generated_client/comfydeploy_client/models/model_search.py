from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.found_model import FoundModel


T = TypeVar("T", bound="ModelSearch")


@_attrs_define
class ModelSearch:
    """The models that were found."""

    models: list[FoundModel | None] | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.found_model import FoundModel  # noqa: PLC0415

        models: list[dict[str, Any] | None] | None | Unset
        if isinstance(self.models, Unset):
            models = UNSET
        elif isinstance(self.models, list):
            models = []
            for models_type_0_item_data in self.models:
                models_type_0_item: dict[str, Any] | None
                if isinstance(models_type_0_item_data, FoundModel):
                    models_type_0_item = models_type_0_item_data.to_dict()
                else:
                    models_type_0_item = models_type_0_item_data
                models.append(models_type_0_item)

        else:
            models = self.models

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if models is not UNSET:
            field_dict["models"] = models

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.found_model import FoundModel  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_models(data: object) -> list[FoundModel | None] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                models_type_0 = []
                _models_type_0 = data
                for models_type_0_item_data in _models_type_0:

                    def _parse_models_type_0_item(data: object) -> FoundModel | None:
                        if data is None:
                            return data
                        try:
                            if not isinstance(data, dict):
                                raise TypeError()
                            models_type_0_item_type_0 = FoundModel.from_dict(data)

                            return models_type_0_item_type_0
                        except (TypeError, ValueError, AttributeError, KeyError):
                            pass
                        return cast("FoundModel | None", data)

                    models_type_0_item = _parse_models_type_0_item(models_type_0_item_data)

                    models_type_0.append(models_type_0_item)

                return models_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[FoundModel | None] | None | Unset", data)

        models = _parse_models(d.pop("models", UNSET))

        model_search = cls(
            models=models,
        )

        model_search.additional_properties = d
        return model_search

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
