from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.public_workflow import PublicWorkflow


T = TypeVar("T", bound="FeaturedDeployment")


@_attrs_define
class FeaturedDeployment:
    """A public share that ComfyUI Deploy itself shows."""

    workflow: None | PublicWorkflow | Unset = UNSET
    description: None | str | Unset = UNSET
    share_slug: None | str | Unset = UNSET
    """ Owner and name, with an underscore between. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.public_workflow import PublicWorkflow  # noqa: PLC0415

        workflow: dict[str, Any] | None | Unset
        if isinstance(self.workflow, Unset):
            workflow = UNSET
        elif isinstance(self.workflow, PublicWorkflow):
            workflow = self.workflow.to_dict()
        else:
            workflow = self.workflow

        description: None | str | Unset
        if isinstance(self.description, Unset):
            description = UNSET
        else:
            description = self.description

        share_slug: None | str | Unset
        if isinstance(self.share_slug, Unset):
            share_slug = UNSET
        else:
            share_slug = self.share_slug

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if workflow is not UNSET:
            field_dict["workflow"] = workflow
        if description is not UNSET:
            field_dict["description"] = description
        if share_slug is not UNSET:
            field_dict["share_slug"] = share_slug

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.public_workflow import PublicWorkflow  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_workflow(data: object) -> None | PublicWorkflow | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                workflow_type_0 = PublicWorkflow.from_dict(data)

                return workflow_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("None | PublicWorkflow | Unset", data)

        workflow = _parse_workflow(d.pop("workflow", UNSET))

        def _parse_description(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        description = _parse_description(d.pop("description", UNSET))

        def _parse_share_slug(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        share_slug = _parse_share_slug(d.pop("share_slug", UNSET))

        featured_deployment = cls(
            workflow=workflow,
            description=description,
            share_slug=share_slug,
        )

        featured_deployment.additional_properties = d
        return featured_deployment

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
