from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.machine_environment import MachineEnvironment


T = TypeVar("T", bound="WorkflowExport")


@_attrs_define
class WorkflowExport:
    """A graph as ComfyUI's editor saves it, with all the fields that the editor wrote, and two more."""

    nodes: Any | Unset = UNSET
    """ A list of objects. """
    links: Any | Unset = UNSET
    """ A list of lists. """
    workflow_api: Any | Unset = UNSET
    """ The graph in ComfyUI's API format, or null. """
    environment: MachineEnvironment | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.machine_environment import MachineEnvironment  # noqa: PLC0415

        nodes = self.nodes

        links = self.links

        workflow_api = self.workflow_api

        environment: dict[str, Any] | None | Unset
        if isinstance(self.environment, Unset):
            environment = UNSET
        elif isinstance(self.environment, MachineEnvironment):
            environment = self.environment.to_dict()
        else:
            environment = self.environment

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if nodes is not UNSET:
            field_dict["nodes"] = nodes
        if links is not UNSET:
            field_dict["links"] = links
        if workflow_api is not UNSET:
            field_dict["workflow_api"] = workflow_api
        if environment is not UNSET:
            field_dict["environment"] = environment

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.machine_environment import MachineEnvironment  # noqa: PLC0415

        d = dict(src_dict)
        nodes = d.pop("nodes", UNSET)

        links = d.pop("links", UNSET)

        workflow_api = d.pop("workflow_api", UNSET)

        def _parse_environment(data: object) -> MachineEnvironment | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                environment_type_0 = MachineEnvironment.from_dict(data)

                return environment_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("MachineEnvironment | None | Unset", data)

        environment = _parse_environment(d.pop("environment", UNSET))

        workflow_export = cls(
            nodes=nodes,
            links=links,
            workflow_api=workflow_api,
            environment=environment,
        )

        workflow_export.additional_properties = d
        return workflow_export

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
