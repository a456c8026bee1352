from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.gpu import GPU
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="DeploymentUpdate")


@_attrs_define
class DeploymentUpdate:
    """What to change in a deployment. Null leaves a thing as it is. Seconds for times."""

    workflow_version_id: None | str | Unset = UNSET
    machine_id: None | str | Unset = UNSET
    machine_version_id: None | str | Unset = UNSET
    """ Brings its machine along. """
    gpu: GPU | None | Unset = UNSET
    concurrency_limit: int | None | Unset = UNSET
    run_timeout: int | None | Unset = UNSET
    idle_timeout: int | None | Unset = UNSET
    keep_warm: int | None | Unset = UNSET
    """ How many containers are kept running. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
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

        gpu: None | str | Unset
        if isinstance(self.gpu, Unset):
            gpu = UNSET
        elif isinstance(self.gpu, GPU):
            gpu = self.gpu.value
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

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if workflow_version_id is not UNSET:
            field_dict["workflow_version_id"] = workflow_version_id
        if machine_id is not UNSET:
            field_dict["machine_id"] = machine_id
        if machine_version_id is not UNSET:
            field_dict["machine_version_id"] = machine_version_id
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

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

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

        def _parse_gpu(data: object) -> GPU | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                gpu_type_0 = GPU(data)

                return gpu_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("GPU | None | Unset", data)

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

        deployment_update = cls(
            workflow_version_id=workflow_version_id,
            machine_id=machine_id,
            machine_version_id=machine_version_id,
            gpu=gpu,
            concurrency_limit=concurrency_limit,
            run_timeout=run_timeout,
            idle_timeout=idle_timeout,
            keep_warm=keep_warm,
        )

        deployment_update.additional_properties = d
        return deployment_update

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
