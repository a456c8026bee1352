from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.gpu import GPU
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.run_inputs import RunInputs


T = TypeVar("T", bound="DeploymentRunRequest")


@_attrs_define
class DeploymentRunRequest:
    """Run this deployment with these inputs."""

    deployment_id: str
    """ One's own or a public share. """
    inputs: RunInputs | Unset = UNSET
    """ Values by input id: texts, numbers, booleans and lists; null or an object answers 422. What is left out
    keeps the value in the workflow; names that no node declares are kept with the run and otherwise ignored.
    Nothing is checked against the deployment. Pictures may be data URLs of PNG or JPEG, which the service stores.
     """
    webhook: None | str | Unset = UNSET
    """ Where each change of status is posted, unsigned. Any text is taken. """
    webhook_intermediate_status: bool | Unset = UNSET
    """ Also post each report of progress; false unless given. """
    gpu: GPU | Unset = UNSET
    """ The graphics cards a run or a machine may ask for. """
    flags: list[str] | None | Unset = UNSET
    """ Nothing reads them today. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        deployment_id = self.deployment_id

        inputs: dict[str, Any] | Unset = UNSET
        if not isinstance(self.inputs, Unset):
            inputs = self.inputs.to_dict()

        webhook: None | str | Unset
        if isinstance(self.webhook, Unset):
            webhook = UNSET
        else:
            webhook = self.webhook

        webhook_intermediate_status = self.webhook_intermediate_status

        gpu: str | Unset = UNSET
        if not isinstance(self.gpu, Unset):
            gpu = self.gpu.value

        flags: list[str] | None | Unset
        if isinstance(self.flags, Unset):
            flags = UNSET
        elif isinstance(self.flags, list):
            flags = self.flags

        else:
            flags = self.flags

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "deployment_id": deployment_id,
            }
        )
        if inputs is not UNSET:
            field_dict["inputs"] = inputs
        if webhook is not UNSET:
            field_dict["webhook"] = webhook
        if webhook_intermediate_status is not UNSET:
            field_dict["webhook_intermediate_status"] = webhook_intermediate_status
        if gpu is not UNSET:
            field_dict["gpu"] = gpu
        if flags is not UNSET:
            field_dict["flags"] = flags

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.run_inputs import RunInputs  # noqa: PLC0415

        d = dict(src_dict)
        deployment_id = d.pop("deployment_id")

        _inputs = d.pop("inputs", UNSET)
        inputs: RunInputs | Unset
        if isinstance(_inputs, Unset):
            inputs = UNSET
        else:
            inputs = RunInputs.from_dict(_inputs)

        def _parse_webhook(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        webhook = _parse_webhook(d.pop("webhook", UNSET))

        webhook_intermediate_status = d.pop("webhook_intermediate_status", UNSET)

        _gpu = d.pop("gpu", UNSET)
        gpu: GPU | Unset
        if isinstance(_gpu, Unset):
            gpu = UNSET
        else:
            gpu = GPU(_gpu)

        def _parse_flags(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                flags_type_0 = cast("list[str]", data)

                return flags_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[str] | None | Unset", data)

        flags = _parse_flags(d.pop("flags", UNSET))

        deployment_run_request = cls(
            deployment_id=deployment_id,
            inputs=inputs,
            webhook=webhook,
            webhook_intermediate_status=webhook_intermediate_status,
            gpu=gpu,
            flags=flags,
        )

        deployment_run_request.additional_properties = d
        return deployment_run_request

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
