from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.share_kind import ShareKind
from ..models.share_visibility import ShareVisibility
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="OutputShareCreate")


@_attrs_define
class OutputShareCreate:
    """Which output to share. Its kind is guessed unless given, or when it is other; private unless given."""

    run_id: str
    output_id: str
    """ The `id` of an output of this run, not its `output_id`. """
    output_type: ShareKind | Unset = UNSET
    """ What kind of thing a shared output is. """
    visibility: ShareVisibility | Unset = UNSET
    """ Who may see a shared output. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        run_id = self.run_id

        output_id = self.output_id

        output_type: str | Unset = UNSET
        if not isinstance(self.output_type, Unset):
            output_type = self.output_type.value

        visibility: str | Unset = UNSET
        if not isinstance(self.visibility, Unset):
            visibility = self.visibility.value

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "run_id": run_id,
                "output_id": output_id,
            }
        )
        if output_type is not UNSET:
            field_dict["output_type"] = output_type
        if visibility is not UNSET:
            field_dict["visibility"] = visibility

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        run_id = d.pop("run_id")

        output_id = d.pop("output_id")

        _output_type = d.pop("output_type", UNSET)
        output_type: ShareKind | Unset
        if isinstance(_output_type, Unset):
            output_type = UNSET
        else:
            output_type = ShareKind(_output_type)

        _visibility = d.pop("visibility", UNSET)
        visibility: ShareVisibility | Unset
        if isinstance(_visibility, Unset):
            visibility = UNSET
        else:
            visibility = ShareVisibility(_visibility)

        output_share_create = cls(
            run_id=run_id,
            output_id=output_id,
            output_type=output_type,
            visibility=visibility,
        )

        output_share_create.additional_properties = d
        return output_share_create

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
