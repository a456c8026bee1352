from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.deployment_output import DeploymentOutput
    from ..models.public_workflow import PublicWorkflow
    from ..models.shared_deployment_input import SharedDeploymentInput


T = TypeVar("T", bound="SharedDeployment")


@_attrs_define
class SharedDeployment:
    """What others see of a shared deployment."""

    id: str
    user_id: None | str | Unset = UNSET
    org_id: None | str | Unset = UNSET
    share_slug: None | str | Unset = UNSET
    """ Owner and name, with an underscore between. """
    description: None | str | Unset = UNSET
    environment: None | str | Unset = UNSET
    workflow: None | PublicWorkflow | Unset = UNSET
    input_types: list[None | SharedDeploymentInput] | None | Unset = UNSET
    output_types: list[DeploymentOutput | None] | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.deployment_output import DeploymentOutput  # noqa: PLC0415
        from ..models.public_workflow import PublicWorkflow  # noqa: PLC0415
        from ..models.shared_deployment_input import SharedDeploymentInput  # noqa: PLC0415

        id = self.id

        user_id: None | str | Unset
        if isinstance(self.user_id, Unset):
            user_id = UNSET
        else:
            user_id = self.user_id

        org_id: None | str | Unset
        if isinstance(self.org_id, Unset):
            org_id = UNSET
        else:
            org_id = self.org_id

        share_slug: None | str | Unset
        if isinstance(self.share_slug, Unset):
            share_slug = UNSET
        else:
            share_slug = self.share_slug

        description: None | str | Unset
        if isinstance(self.description, Unset):
            description = UNSET
        else:
            description = self.description

        environment: None | str | Unset
        if isinstance(self.environment, Unset):
            environment = UNSET
        else:
            environment = self.environment

        workflow: dict[str, Any] | None | Unset
        if isinstance(self.workflow, Unset):
            workflow = UNSET
        elif isinstance(self.workflow, PublicWorkflow):
            workflow = self.workflow.to_dict()
        else:
            workflow = self.workflow

        input_types: list[dict[str, Any] | None] | None | Unset
        if isinstance(self.input_types, Unset):
            input_types = UNSET
        elif isinstance(self.input_types, list):
            input_types = []
            for input_types_type_0_item_data in self.input_types:
                input_types_type_0_item: dict[str, Any] | None
                if isinstance(input_types_type_0_item_data, SharedDeploymentInput):
                    input_types_type_0_item = input_types_type_0_item_data.to_dict()
                else:
                    input_types_type_0_item = input_types_type_0_item_data
                input_types.append(input_types_type_0_item)

        else:
            input_types = self.input_types

        output_types: list[dict[str, Any] | None] | None | Unset
        if isinstance(self.output_types, Unset):
            output_types = UNSET
        elif isinstance(self.output_types, list):
            output_types = []
            for output_types_type_0_item_data in self.output_types:
                output_types_type_0_item: dict[str, Any] | None
                if isinstance(output_types_type_0_item_data, DeploymentOutput):
                    output_types_type_0_item = output_types_type_0_item_data.to_dict()
                else:
                    output_types_type_0_item = output_types_type_0_item_data
                output_types.append(output_types_type_0_item)

        else:
            output_types = self.output_types

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
            }
        )
        if user_id is not UNSET:
            field_dict["user_id"] = user_id
        if org_id is not UNSET:
            field_dict["org_id"] = org_id
        if share_slug is not UNSET:
            field_dict["share_slug"] = share_slug
        if description is not UNSET:
            field_dict["description"] = description
        if environment is not UNSET:
            field_dict["environment"] = environment
        if workflow is not UNSET:
            field_dict["workflow"] = workflow
        if input_types is not UNSET:
            field_dict["input_types"] = input_types
        if output_types is not UNSET:
            field_dict["output_types"] = output_types

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.deployment_output import DeploymentOutput  # noqa: PLC0415
        from ..models.public_workflow import PublicWorkflow  # noqa: PLC0415
        from ..models.shared_deployment_input import SharedDeploymentInput  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        def _parse_user_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        user_id = _parse_user_id(d.pop("user_id", UNSET))

        def _parse_org_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        org_id = _parse_org_id(d.pop("org_id", UNSET))

        def _parse_share_slug(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        share_slug = _parse_share_slug(d.pop("share_slug", UNSET))

        def _parse_description(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        description = _parse_description(d.pop("description", UNSET))

        def _parse_environment(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        environment = _parse_environment(d.pop("environment", UNSET))

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

        def _parse_input_types(data: object) -> list[None | SharedDeploymentInput] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                input_types_type_0 = []
                _input_types_type_0 = data
                for input_types_type_0_item_data in _input_types_type_0:

                    def _parse_input_types_type_0_item(data: object) -> None | SharedDeploymentInput:
                        if data is None:
                            return data
                        try:
                            if not isinstance(data, dict):
                                raise TypeError()
                            input_types_type_0_item_type_0 = SharedDeploymentInput.from_dict(data)

                            return input_types_type_0_item_type_0
                        except (TypeError, ValueError, AttributeError, KeyError):
                            pass
                        return cast("None | SharedDeploymentInput", data)

                    input_types_type_0_item = _parse_input_types_type_0_item(input_types_type_0_item_data)

                    input_types_type_0.append(input_types_type_0_item)

                return input_types_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[None | SharedDeploymentInput] | None | Unset", data)

        input_types = _parse_input_types(d.pop("input_types", UNSET))

        def _parse_output_types(data: object) -> list[DeploymentOutput | None] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                output_types_type_0 = []
                _output_types_type_0 = data
                for output_types_type_0_item_data in _output_types_type_0:

                    def _parse_output_types_type_0_item(data: object) -> DeploymentOutput | None:
                        if data is None:
                            return data
                        try:
                            if not isinstance(data, dict):
                                raise TypeError()
                            output_types_type_0_item_type_0 = DeploymentOutput.from_dict(data)

                            return output_types_type_0_item_type_0
                        except (TypeError, ValueError, AttributeError, KeyError):
                            pass
                        return cast("DeploymentOutput | None", data)

                    output_types_type_0_item = _parse_output_types_type_0_item(output_types_type_0_item_data)

                    output_types_type_0.append(output_types_type_0_item)

                return output_types_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[DeploymentOutput | None] | None | Unset", data)

        output_types = _parse_output_types(d.pop("output_types", UNSET))

        shared_deployment = cls(
            id=id,
            user_id=user_id,
            org_id=org_id,
            share_slug=share_slug,
            description=description,
            environment=environment,
            workflow=workflow,
            input_types=input_types,
            output_types=output_types,
        )

        shared_deployment.additional_properties = d
        return shared_deployment

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
