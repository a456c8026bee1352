from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.run_output import RunOutput
    from ..models.workflow import Workflow
    from ..models.workflow_version import WorkflowVersion


T = TypeVar("T", bound="Run")


@_attrs_define
class Run:
    """One run of a workflow on a machine. Durations are seconds, as numbers or as text."""

    id: str
    status: None | str | Unset = UNSET
    """ not-started, queued, started, running, uploading, success, failed, timeout, cancelled; more may come.
     """
    live_status: None | str | Unset = UNSET
    """ What it is doing now. """
    progress: float | None | Unset = UNSET
    """ From 0 to 1, single precision; stays as it was on failure. """
    outputs: list[None | RunOutput] | None | Unset = UNSET
    """ One for each node and event; may still grow after the end. """
    workflow_inputs: Any | Unset = UNSET
    """ The inputs as the service kept them, data URLs replaced by links. """
    workflow_id: None | str | Unset = UNSET
    workflow_version_id: None | str | Unset = UNSET
    machine_id: None | str | Unset = UNSET
    machine_type: None | str | Unset = UNSET
    machine_version: None | str | Unset = UNSET
    origin: None | str | Unset = UNSET
    """ Who started it: api, manual, public-share; more may come. """
    gpu: None | str | Unset = UNSET
    gpu_event_id: None | str | Unset = UNSET
    modal_function_call_id: None | str | Unset = UNSET
    user_id: None | str | Unset = UNSET
    org_id: None | str | Unset = UNSET
    created_at: None | str | Unset = UNSET
    updated_at: None | str | Unset = UNSET
    queued_at: None | str | Unset = UNSET
    """ Never set on classic machines. """
    started_at: None | str | Unset = UNSET
    """ Never set on classic machines. """
    ended_at: None | str | Unset = UNSET
    duration: float | None | str | Unset = UNSET
    """ From created to ended. """
    run_duration: float | None | str | Unset = UNSET
    """ From started to ended. """
    cold_start_duration: float | None | str | Unset = UNSET
    """ From queued to started. """
    cold_start_duration_total: float | None | str | Unset = UNSET
    """ From created to started. """
    queue_position: int | None | Unset = UNSET
    """ Runs that wait before this one. """
    is_realtime: bool | None | Unset = UNSET
    webhook: None | str | Unset = UNSET
    webhook_status: None | str | Unset = UNSET
    """ Always null. """
    webhook_intermediate_status: bool | None | Unset = UNSET
    number: int | None | Unset = UNSET
    """ Always 0. """
    deployment_id: None | str | Unset = UNSET
    """ Only lists tell it. """
    batch_id: None | str | Unset = UNSET
    """ Only lists tell it. """
    model_id: None | str | Unset = UNSET
    """ Only lists tell it. """
    comfy_deploy_cold_start: float | None | str | Unset = UNSET
    """ From created to queued; only in lists. """
    workflow: None | Unset | Workflow = UNSET
    """ Only in the whole list. """
    version: None | Unset | WorkflowVersion = UNSET
    """ Only in the whole list. """
    workflow_api: Any | Unset = UNSET
    """ Only in lists, where it is an object or null. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.run_output import RunOutput  # noqa: PLC0415
        from ..models.workflow import Workflow  # noqa: PLC0415
        from ..models.workflow_version import WorkflowVersion  # noqa: PLC0415

        id = self.id

        status: None | str | Unset
        if isinstance(self.status, Unset):
            status = UNSET
        else:
            status = self.status

        live_status: None | str | Unset
        if isinstance(self.live_status, Unset):
            live_status = UNSET
        else:
            live_status = self.live_status

        progress: float | None | Unset
        if isinstance(self.progress, Unset):
            progress = UNSET
        else:
            progress = self.progress

        outputs: list[dict[str, Any] | None] | None | Unset
        if isinstance(self.outputs, Unset):
            outputs = UNSET
        elif isinstance(self.outputs, list):
            outputs = []
            for outputs_type_0_item_data in self.outputs:
                outputs_type_0_item: dict[str, Any] | None
                if isinstance(outputs_type_0_item_data, RunOutput):
                    outputs_type_0_item = outputs_type_0_item_data.to_dict()
                else:
                    outputs_type_0_item = outputs_type_0_item_data
                outputs.append(outputs_type_0_item)

        else:
            outputs = self.outputs

        workflow_inputs = self.workflow_inputs

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

        machine_type: None | str | Unset
        if isinstance(self.machine_type, Unset):
            machine_type = UNSET
        else:
            machine_type = self.machine_type

        machine_version: None | str | Unset
        if isinstance(self.machine_version, Unset):
            machine_version = UNSET
        else:
            machine_version = self.machine_version

        origin: None | str | Unset
        if isinstance(self.origin, Unset):
            origin = UNSET
        else:
            origin = self.origin

        gpu: None | str | Unset
        if isinstance(self.gpu, Unset):
            gpu = UNSET
        else:
            gpu = self.gpu

        gpu_event_id: None | str | Unset
        if isinstance(self.gpu_event_id, Unset):
            gpu_event_id = UNSET
        else:
            gpu_event_id = self.gpu_event_id

        modal_function_call_id: None | str | Unset
        if isinstance(self.modal_function_call_id, Unset):
            modal_function_call_id = UNSET
        else:
            modal_function_call_id = self.modal_function_call_id

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

        queued_at: None | str | Unset
        if isinstance(self.queued_at, Unset):
            queued_at = UNSET
        else:
            queued_at = self.queued_at

        started_at: None | str | Unset
        if isinstance(self.started_at, Unset):
            started_at = UNSET
        else:
            started_at = self.started_at

        ended_at: None | str | Unset
        if isinstance(self.ended_at, Unset):
            ended_at = UNSET
        else:
            ended_at = self.ended_at

        duration: float | None | str | Unset
        if isinstance(self.duration, Unset):
            duration = UNSET
        else:
            duration = self.duration

        run_duration: float | None | str | Unset
        if isinstance(self.run_duration, Unset):
            run_duration = UNSET
        else:
            run_duration = self.run_duration

        cold_start_duration: float | None | str | Unset
        if isinstance(self.cold_start_duration, Unset):
            cold_start_duration = UNSET
        else:
            cold_start_duration = self.cold_start_duration

        cold_start_duration_total: float | None | str | Unset
        if isinstance(self.cold_start_duration_total, Unset):
            cold_start_duration_total = UNSET
        else:
            cold_start_duration_total = self.cold_start_duration_total

        queue_position: int | None | Unset
        if isinstance(self.queue_position, Unset):
            queue_position = UNSET
        else:
            queue_position = self.queue_position

        is_realtime: bool | None | Unset
        if isinstance(self.is_realtime, Unset):
            is_realtime = UNSET
        else:
            is_realtime = self.is_realtime

        webhook: None | str | Unset
        if isinstance(self.webhook, Unset):
            webhook = UNSET
        else:
            webhook = self.webhook

        webhook_status: None | str | Unset
        if isinstance(self.webhook_status, Unset):
            webhook_status = UNSET
        else:
            webhook_status = self.webhook_status

        webhook_intermediate_status: bool | None | Unset
        if isinstance(self.webhook_intermediate_status, Unset):
            webhook_intermediate_status = UNSET
        else:
            webhook_intermediate_status = self.webhook_intermediate_status

        number: int | None | Unset
        if isinstance(self.number, Unset):
            number = UNSET
        else:
            number = self.number

        deployment_id: None | str | Unset
        if isinstance(self.deployment_id, Unset):
            deployment_id = UNSET
        else:
            deployment_id = self.deployment_id

        batch_id: None | str | Unset
        if isinstance(self.batch_id, Unset):
            batch_id = UNSET
        else:
            batch_id = self.batch_id

        model_id: None | str | Unset
        if isinstance(self.model_id, Unset):
            model_id = UNSET
        else:
            model_id = self.model_id

        comfy_deploy_cold_start: float | None | str | Unset
        if isinstance(self.comfy_deploy_cold_start, Unset):
            comfy_deploy_cold_start = UNSET
        else:
            comfy_deploy_cold_start = self.comfy_deploy_cold_start

        workflow: dict[str, Any] | None | Unset
        if isinstance(self.workflow, Unset):
            workflow = UNSET
        elif isinstance(self.workflow, Workflow):
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

        workflow_api = self.workflow_api

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
            }
        )
        if status is not UNSET:
            field_dict["status"] = status
        if live_status is not UNSET:
            field_dict["live_status"] = live_status
        if progress is not UNSET:
            field_dict["progress"] = progress
        if outputs is not UNSET:
            field_dict["outputs"] = outputs
        if workflow_inputs is not UNSET:
            field_dict["workflow_inputs"] = workflow_inputs
        if workflow_id is not UNSET:
            field_dict["workflow_id"] = workflow_id
        if workflow_version_id is not UNSET:
            field_dict["workflow_version_id"] = workflow_version_id
        if machine_id is not UNSET:
            field_dict["machine_id"] = machine_id
        if machine_type is not UNSET:
            field_dict["machine_type"] = machine_type
        if machine_version is not UNSET:
            field_dict["machine_version"] = machine_version
        if origin is not UNSET:
            field_dict["origin"] = origin
        if gpu is not UNSET:
            field_dict["gpu"] = gpu
        if gpu_event_id is not UNSET:
            field_dict["gpu_event_id"] = gpu_event_id
        if modal_function_call_id is not UNSET:
            field_dict["modal_function_call_id"] = modal_function_call_id
        if user_id is not UNSET:
            field_dict["user_id"] = user_id
        if org_id is not UNSET:
            field_dict["org_id"] = org_id
        if created_at is not UNSET:
            field_dict["created_at"] = created_at
        if updated_at is not UNSET:
            field_dict["updated_at"] = updated_at
        if queued_at is not UNSET:
            field_dict["queued_at"] = queued_at
        if started_at is not UNSET:
            field_dict["started_at"] = started_at
        if ended_at is not UNSET:
            field_dict["ended_at"] = ended_at
        if duration is not UNSET:
            field_dict["duration"] = duration
        if run_duration is not UNSET:
            field_dict["run_duration"] = run_duration
        if cold_start_duration is not UNSET:
            field_dict["cold_start_duration"] = cold_start_duration
        if cold_start_duration_total is not UNSET:
            field_dict["cold_start_duration_total"] = cold_start_duration_total
        if queue_position is not UNSET:
            field_dict["queue_position"] = queue_position
        if is_realtime is not UNSET:
            field_dict["is_realtime"] = is_realtime
        if webhook is not UNSET:
            field_dict["webhook"] = webhook
        if webhook_status is not UNSET:
            field_dict["webhook_status"] = webhook_status
        if webhook_intermediate_status is not UNSET:
            field_dict["webhook_intermediate_status"] = webhook_intermediate_status
        if number is not UNSET:
            field_dict["number"] = number
        if deployment_id is not UNSET:
            field_dict["deployment_id"] = deployment_id
        if batch_id is not UNSET:
            field_dict["batch_id"] = batch_id
        if model_id is not UNSET:
            field_dict["model_id"] = model_id
        if comfy_deploy_cold_start is not UNSET:
            field_dict["comfy_deploy_cold_start"] = comfy_deploy_cold_start
        if workflow is not UNSET:
            field_dict["workflow"] = workflow
        if version is not UNSET:
            field_dict["version"] = version
        if workflow_api is not UNSET:
            field_dict["workflow_api"] = workflow_api

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.run_output import RunOutput  # noqa: PLC0415
        from ..models.workflow import Workflow  # noqa: PLC0415
        from ..models.workflow_version import WorkflowVersion  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        def _parse_status(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        status = _parse_status(d.pop("status", UNSET))

        def _parse_live_status(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        live_status = _parse_live_status(d.pop("live_status", UNSET))

        def _parse_progress(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | Unset", data)

        progress = _parse_progress(d.pop("progress", UNSET))

        def _parse_outputs(data: object) -> list[None | RunOutput] | None | Unset:
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

                    def _parse_outputs_type_0_item(data: object) -> None | RunOutput:
                        if data is None:
                            return data
                        try:
                            if not isinstance(data, dict):
                                raise TypeError()
                            outputs_type_0_item_type_0 = RunOutput.from_dict(data)

                            return outputs_type_0_item_type_0
                        except (TypeError, ValueError, AttributeError, KeyError):
                            pass
                        return cast("None | RunOutput", data)

                    outputs_type_0_item = _parse_outputs_type_0_item(outputs_type_0_item_data)

                    outputs_type_0.append(outputs_type_0_item)

                return outputs_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[None | RunOutput] | None | Unset", data)

        outputs = _parse_outputs(d.pop("outputs", UNSET))

        workflow_inputs = d.pop("workflow_inputs", UNSET)

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

        def _parse_machine_type(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        machine_type = _parse_machine_type(d.pop("machine_type", UNSET))

        def _parse_machine_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        machine_version = _parse_machine_version(d.pop("machine_version", UNSET))

        def _parse_origin(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        origin = _parse_origin(d.pop("origin", UNSET))

        def _parse_gpu(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        gpu = _parse_gpu(d.pop("gpu", UNSET))

        def _parse_gpu_event_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        gpu_event_id = _parse_gpu_event_id(d.pop("gpu_event_id", UNSET))

        def _parse_modal_function_call_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        modal_function_call_id = _parse_modal_function_call_id(d.pop("modal_function_call_id", UNSET))

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

        def _parse_queued_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        queued_at = _parse_queued_at(d.pop("queued_at", UNSET))

        def _parse_started_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        started_at = _parse_started_at(d.pop("started_at", UNSET))

        def _parse_ended_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        ended_at = _parse_ended_at(d.pop("ended_at", UNSET))

        def _parse_duration(data: object) -> float | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | str | Unset", data)

        duration = _parse_duration(d.pop("duration", UNSET))

        def _parse_run_duration(data: object) -> float | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | str | Unset", data)

        run_duration = _parse_run_duration(d.pop("run_duration", UNSET))

        def _parse_cold_start_duration(data: object) -> float | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | str | Unset", data)

        cold_start_duration = _parse_cold_start_duration(d.pop("cold_start_duration", UNSET))

        def _parse_cold_start_duration_total(data: object) -> float | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | str | Unset", data)

        cold_start_duration_total = _parse_cold_start_duration_total(
            d.pop("cold_start_duration_total", UNSET)
        )

        def _parse_queue_position(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        queue_position = _parse_queue_position(d.pop("queue_position", UNSET))

        def _parse_is_realtime(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        is_realtime = _parse_is_realtime(d.pop("is_realtime", UNSET))

        def _parse_webhook(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        webhook = _parse_webhook(d.pop("webhook", UNSET))

        def _parse_webhook_status(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        webhook_status = _parse_webhook_status(d.pop("webhook_status", UNSET))

        def _parse_webhook_intermediate_status(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("bool | None | Unset", data)

        webhook_intermediate_status = _parse_webhook_intermediate_status(
            d.pop("webhook_intermediate_status", UNSET)
        )

        def _parse_number(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        number = _parse_number(d.pop("number", UNSET))

        def _parse_deployment_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        deployment_id = _parse_deployment_id(d.pop("deployment_id", UNSET))

        def _parse_batch_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        batch_id = _parse_batch_id(d.pop("batch_id", UNSET))

        def _parse_model_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        model_id = _parse_model_id(d.pop("model_id", UNSET))

        def _parse_comfy_deploy_cold_start(data: object) -> float | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | str | Unset", data)

        comfy_deploy_cold_start = _parse_comfy_deploy_cold_start(d.pop("comfy_deploy_cold_start", UNSET))

        def _parse_workflow(data: object) -> None | Unset | Workflow:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                workflow_type_0 = Workflow.from_dict(data)

                return workflow_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("None | Unset | Workflow", data)

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

        workflow_api = d.pop("workflow_api", UNSET)

        run = cls(
            id=id,
            status=status,
            live_status=live_status,
            progress=progress,
            outputs=outputs,
            workflow_inputs=workflow_inputs,
            workflow_id=workflow_id,
            workflow_version_id=workflow_version_id,
            machine_id=machine_id,
            machine_type=machine_type,
            machine_version=machine_version,
            origin=origin,
            gpu=gpu,
            gpu_event_id=gpu_event_id,
            modal_function_call_id=modal_function_call_id,
            user_id=user_id,
            org_id=org_id,
            created_at=created_at,
            updated_at=updated_at,
            queued_at=queued_at,
            started_at=started_at,
            ended_at=ended_at,
            duration=duration,
            run_duration=run_duration,
            cold_start_duration=cold_start_duration,
            cold_start_duration_total=cold_start_duration_total,
            queue_position=queue_position,
            is_realtime=is_realtime,
            webhook=webhook,
            webhook_status=webhook_status,
            webhook_intermediate_status=webhook_intermediate_status,
            number=number,
            deployment_id=deployment_id,
            batch_id=batch_id,
            model_id=model_id,
            comfy_deploy_cold_start=comfy_deploy_cold_start,
            workflow=workflow,
            version=version,
            workflow_api=workflow_api,
        )

        run.additional_properties = d
        return run

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
