from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.deployment_input import DeploymentInput
    from ..models.deployment_output import DeploymentOutput
    from ..models.named_workflow import NamedWorkflow
    from ..models.workflow_version import WorkflowVersion


T = TypeVar("T", bound="Deployment")


@_attrs_define
class Deployment:
    """A workflow version bound to a machine. Seconds for the times of idling and running."""

    id: str
    environment: None | str | Unset = UNSET
    description: None | str | Unset = UNSET
    """ The workflow's. """
    workflow_id: None | str | Unset = UNSET
    workflow_version_id: None | str | Unset = UNSET
    machine_id: None | str | Unset = UNSET
    machine_version_id: None | str | Unset = UNSET
    workflow: NamedWorkflow | None | Unset = UNSET
    """ Null in the answer to a change. """
    version: None | Unset | WorkflowVersion = UNSET
    """ The whole version with its graph; null in the answer to a change. """
    machine: Any | Unset = UNSET
    """ An object with `id` and `name`, rarely given. """
    input_types: list[DeploymentInput | None] | None | Unset = UNSET
    """ Null in the answer to a change. """
    output_types: list[DeploymentOutput | None] | None | Unset = UNSET
    """ Usually empty; null in the answer to a change. """
    gpu: None | str | Unset = UNSET
    """ Wins over what a run asks for. """
    concurrency_limit: int | None | Unset = UNSET
    run_timeout: int | None | Unset = UNSET
    idle_timeout: int | None | Unset = UNSET
    keep_warm: int | None | Unset = UNSET
    """ How many containers are kept running. """
    share_slug: None | str | Unset = UNSET
    share_options: Any | Unset = UNSET
    """ An object or null. """
    showcase_media: Any | Unset = UNSET
    """ A list of objects or null. """
    dub_link: None | str | Unset = UNSET
    modal_image_id: None | str | Unset = UNSET
    modal_app_id: None | str | Unset = UNSET
    user_id: None | str | Unset = UNSET
    org_id: None | str | Unset = UNSET
    created_at: None | str | Unset = UNSET
    updated_at: None | str | Unset = UNSET
    activated_at: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.deployment_input import DeploymentInput  # noqa: PLC0415
        from ..models.deployment_output import DeploymentOutput  # noqa: PLC0415
        from ..models.named_workflow import NamedWorkflow  # noqa: PLC0415
        from ..models.workflow_version import WorkflowVersion  # noqa: PLC0415

        id = self.id

        environment: None | str | Unset
        if isinstance(self.environment, Unset):
            environment = UNSET
        else:
            environment = self.environment

        description: None | str | Unset
        if isinstance(self.description, Unset):
            description = UNSET
        else:
            description = self.description

        workflow_id: None | str | Unset
        if isinstance(self.workflow_id, Unset):
            workflow_id = UNSET
        else:
            workflow_id = self.workflow_id

        workflow_version_id: None | str | Unset
        if isinstance(self.workflow_version_id, Unset):
            workflow_version_id = UNSET
        else:
            workflow_version_id = self.workflow_version_id

        machine_id: None | str | Unset
        if isinstance(self.machine_id, Unset):
            machine_id = UNSET
        else:
            machine_id = self.machine_id

        machine_version_id: None | str | Unset
        if isinstance(self.machine_version_id, Unset):
            machine_version_id = UNSET
        else:
            machine_version_id = self.machine_version_id

        workflow: dict[str, Any] | None | Unset
        if isinstance(self.workflow, Unset):
            workflow = UNSET
        elif isinstance(self.workflow, NamedWorkflow):
            workflow = self.workflow.to_dict()
        else:
            workflow = self.workflow

        version: dict[str, Any] | None | Unset
        if isinstance(self.version, Unset):
            version = UNSET
        elif isinstance(self.version, WorkflowVersion):
            version = self.version.to_dict()
        else:
            version = self.version

        machine = self.machine

        input_types: list[dict[str, Any] | None] | None | Unset
        if isinstance(self.input_types, Unset):
            input_types = UNSET
        elif isinstance(self.input_types, list):
            input_types = []
            for input_types_type_0_item_data in self.input_types:
                input_types_type_0_item: dict[str, Any] | None
                if isinstance(input_types_type_0_item_data, DeploymentInput):
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

        gpu: None | str | Unset
        if isinstance(self.gpu, Unset):
            gpu = UNSET
        else:
            gpu = self.gpu

        concurrency_limit: int | None | Unset
        if isinstance(self.concurrency_limit, Unset):
            concurrency_limit = UNSET
        else:
            concurrency_limit = self.concurrency_limit

        run_timeout: int | None | Unset
        if isinstance(self.run_timeout, Unset):
            run_timeout = UNSET
        else:
            run_timeout = self.run_timeout

        idle_timeout: int | None | Unset
        if isinstance(self.idle_timeout, Unset):
            idle_timeout = UNSET
        else:
            idle_timeout = self.idle_timeout

        keep_warm: int | None | Unset
        if isinstance(self.keep_warm, Unset):
            keep_warm = UNSET
        else:
            keep_warm = self.keep_warm

        share_slug: None | str | Unset
        if isinstance(self.share_slug, Unset):
            share_slug = UNSET
        else:
            share_slug = self.share_slug

        share_options = self.share_options

        showcase_media = self.showcase_media

        dub_link: None | str | Unset
        if isinstance(self.dub_link, Unset):
            dub_link = UNSET
        else:
            dub_link = self.dub_link

        modal_image_id: None | str | Unset
        if isinstance(self.modal_image_id, Unset):
            modal_image_id = UNSET
        else:
            modal_image_id = self.modal_image_id

        modal_app_id: None | str | Unset
        if isinstance(self.modal_app_id, Unset):
            modal_app_id = UNSET
        else:
            modal_app_id = self.modal_app_id

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

        created_at: None | str | Unset
        if isinstance(self.created_at, Unset):
            created_at = UNSET
        else:
            created_at = self.created_at

        updated_at: None | str | Unset
        if isinstance(self.updated_at, Unset):
            updated_at = UNSET
        else:
            updated_at = self.updated_at

        activated_at: None | str | Unset
        if isinstance(self.activated_at, Unset):
            activated_at = UNSET
        else:
            activated_at = self.activated_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
            }
        )
        if environment is not UNSET:
            field_dict["environment"] = environment
        if description is not UNSET:
            field_dict["description"] = description
        if workflow_id is not UNSET:
            field_dict["workflow_id"] = workflow_id
        if workflow_version_id is not UNSET:
            field_dict["workflow_version_id"] = workflow_version_id
        if machine_id is not UNSET:
            field_dict["machine_id"] = machine_id
        if machine_version_id is not UNSET:
            field_dict["machine_version_id"] = machine_version_id
        if workflow is not UNSET:
            field_dict["workflow"] = workflow
        if version is not UNSET:
            field_dict["version"] = version
        if machine is not UNSET:
            field_dict["machine"] = machine
        if input_types is not UNSET:
            field_dict["input_types"] = input_types
        if output_types is not UNSET:
            field_dict["output_types"] = output_types
        if gpu is not UNSET:
            field_dict["gpu"] = gpu
        if concurrency_limit is not UNSET:
            field_dict["concurrency_limit"] = concurrency_limit
        if run_timeout is not UNSET:
            field_dict["run_timeout"] = run_timeout
        if idle_timeout is not UNSET:
            field_dict["idle_timeout"] = idle_timeout
        if keep_warm is not UNSET:
            field_dict["keep_warm"] = keep_warm
        if share_slug is not UNSET:
            field_dict["share_slug"] = share_slug
        if share_options is not UNSET:
            field_dict["share_options"] = share_options
        if showcase_media is not UNSET:
            field_dict["showcase_media"] = showcase_media
        if dub_link is not UNSET:
            field_dict["dub_link"] = dub_link
        if modal_image_id is not UNSET:
            field_dict["modal_image_id"] = modal_image_id
        if modal_app_id is not UNSET:
            field_dict["modal_app_id"] = modal_app_id
        if user_id is not UNSET:
            field_dict["user_id"] = user_id
        if org_id is not UNSET:
            field_dict["org_id"] = org_id
        if created_at is not UNSET:
            field_dict["created_at"] = created_at
        if updated_at is not UNSET:
            field_dict["updated_at"] = updated_at
        if activated_at is not UNSET:
            field_dict["activated_at"] = activated_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.deployment_input import DeploymentInput  # noqa: PLC0415
        from ..models.deployment_output import DeploymentOutput  # noqa: PLC0415
        from ..models.named_workflow import NamedWorkflow  # noqa: PLC0415
        from ..models.workflow_version import WorkflowVersion  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        def _parse_environment(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        environment = _parse_environment(d.pop("environment", UNSET))

        def _parse_description(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        description = _parse_description(d.pop("description", UNSET))

        def _parse_workflow_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        workflow_id = _parse_workflow_id(d.pop("workflow_id", UNSET))

        def _parse_workflow_version_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        workflow_version_id = _parse_workflow_version_id(d.pop("workflow_version_id", UNSET))

        def _parse_machine_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        machine_id = _parse_machine_id(d.pop("machine_id", UNSET))

        def _parse_machine_version_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        machine_version_id = _parse_machine_version_id(d.pop("machine_version_id", UNSET))

        def _parse_workflow(data: object) -> NamedWorkflow | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                workflow_type_0 = NamedWorkflow.from_dict(data)

                return workflow_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("NamedWorkflow | None | Unset", data)

        workflow = _parse_workflow(d.pop("workflow", UNSET))

        def _parse_version(data: object) -> None | Unset | WorkflowVersion:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                version_type_0 = WorkflowVersion.from_dict(data)

                return version_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("None | Unset | WorkflowVersion", data)

        version = _parse_version(d.pop("version", UNSET))

        machine = d.pop("machine", UNSET)

        def _parse_input_types(data: object) -> list[DeploymentInput | None] | None | Unset:
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

                    def _parse_input_types_type_0_item(data: object) -> DeploymentInput | None:
                        if data is None:
                            return data
                        try:
                            if not isinstance(data, dict):
                                raise TypeError()
                            input_types_type_0_item_type_0 = DeploymentInput.from_dict(data)

                            return input_types_type_0_item_type_0
                        except (TypeError, ValueError, AttributeError, KeyError):
                            pass
                        return cast("DeploymentInput | None", data)

                    input_types_type_0_item = _parse_input_types_type_0_item(input_types_type_0_item_data)

                    input_types_type_0.append(input_types_type_0_item)

                return input_types_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[DeploymentInput | None] | None | Unset", data)

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

        def _parse_gpu(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        gpu = _parse_gpu(d.pop("gpu", UNSET))

        def _parse_concurrency_limit(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        concurrency_limit = _parse_concurrency_limit(d.pop("concurrency_limit", UNSET))

        def _parse_run_timeout(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        run_timeout = _parse_run_timeout(d.pop("run_timeout", UNSET))

        def _parse_idle_timeout(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        idle_timeout = _parse_idle_timeout(d.pop("idle_timeout", UNSET))

        def _parse_keep_warm(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        keep_warm = _parse_keep_warm(d.pop("keep_warm", UNSET))

        def _parse_share_slug(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        share_slug = _parse_share_slug(d.pop("share_slug", UNSET))

        share_options = d.pop("share_options", UNSET)

        showcase_media = d.pop("showcase_media", UNSET)

        def _parse_dub_link(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        dub_link = _parse_dub_link(d.pop("dub_link", UNSET))

        def _parse_modal_image_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        modal_image_id = _parse_modal_image_id(d.pop("modal_image_id", UNSET))

        def _parse_modal_app_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        modal_app_id = _parse_modal_app_id(d.pop("modal_app_id", UNSET))

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

        def _parse_created_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        created_at = _parse_created_at(d.pop("created_at", UNSET))

        def _parse_updated_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        updated_at = _parse_updated_at(d.pop("updated_at", UNSET))

        def _parse_activated_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        activated_at = _parse_activated_at(d.pop("activated_at", UNSET))

        deployment = cls(
            id=id,
            environment=environment,
            description=description,
            workflow_id=workflow_id,
            workflow_version_id=workflow_version_id,
            machine_id=machine_id,
            machine_version_id=machine_version_id,
            workflow=workflow,
            version=version,
            machine=machine,
            input_types=input_types,
            output_types=output_types,
            gpu=gpu,
            concurrency_limit=concurrency_limit,
            run_timeout=run_timeout,
            idle_timeout=idle_timeout,
            keep_warm=keep_warm,
            share_slug=share_slug,
            share_options=share_options,
            showcase_media=showcase_media,
            dub_link=dub_link,
            modal_image_id=modal_image_id,
            modal_app_id=modal_app_id,
            user_id=user_id,
            org_id=org_id,
            created_at=created_at,
            updated_at=updated_at,
            activated_at=activated_at,
        )

        deployment.additional_properties = d
        return deployment

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
