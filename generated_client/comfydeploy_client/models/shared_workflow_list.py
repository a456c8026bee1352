from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.shared_workflow import SharedWorkflow


T = TypeVar("T", bound="SharedWorkflowList")


@_attrs_define
class SharedWorkflowList:
    """Published workflows and how many there are in all."""

    shared_workflows: list[None | SharedWorkflow] | None | Unset = UNSET
    total: int | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.shared_workflow import SharedWorkflow  # noqa: PLC0415

        shared_workflows: list[dict[str, Any] | None] | None | Unset
        if isinstance(self.shared_workflows, Unset):
            shared_workflows = UNSET
        elif isinstance(self.shared_workflows, list):
            shared_workflows = []
            for shared_workflows_type_0_item_data in self.shared_workflows:
                shared_workflows_type_0_item: dict[str, Any] | None
                if isinstance(shared_workflows_type_0_item_data, SharedWorkflow):
                    shared_workflows_type_0_item = shared_workflows_type_0_item_data.to_dict()
                else:
                    shared_workflows_type_0_item = shared_workflows_type_0_item_data
                shared_workflows.append(shared_workflows_type_0_item)

        else:
            shared_workflows = self.shared_workflows

        total: int | None | Unset
        if isinstance(self.total, Unset):
            total = UNSET
        else:
            total = self.total

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if shared_workflows is not UNSET:
            field_dict["shared_workflows"] = shared_workflows
        if total is not UNSET:
            field_dict["total"] = total

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.shared_workflow import SharedWorkflow  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_shared_workflows(data: object) -> list[None | SharedWorkflow] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                shared_workflows_type_0 = []
                _shared_workflows_type_0 = data
                for shared_workflows_type_0_item_data in _shared_workflows_type_0:

                    def _parse_shared_workflows_type_0_item(data: object) -> None | SharedWorkflow:
                        if data is None:
                            return data
                        try:
                            if not isinstance(data, dict):
                                raise TypeError()
                            shared_workflows_type_0_item_type_0 = SharedWorkflow.from_dict(data)

                            return shared_workflows_type_0_item_type_0
                        except (TypeError, ValueError, AttributeError, KeyError):
                            pass
                        return cast("None | SharedWorkflow", data)

                    shared_workflows_type_0_item = _parse_shared_workflows_type_0_item(
                        shared_workflows_type_0_item_data
                    )

                    shared_workflows_type_0.append(shared_workflows_type_0_item)

                return shared_workflows_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[None | SharedWorkflow] | None | Unset", data)

        shared_workflows = _parse_shared_workflows(d.pop("shared_workflows", UNSET))

        def _parse_total(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        total = _parse_total(d.pop("total", UNSET))

        shared_workflow_list = cls(
            shared_workflows=shared_workflows,
            total=total,
        )

        shared_workflow_list.additional_properties = d
        return shared_workflow_list

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
