from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="MachineEvent")


@_attrs_define
class MachineEvent:
    """The time for which a machine or a session had a GPU."""

    id: None | str | Unset = UNSET
    machine_id: None | str | Unset = UNSET
    machine_version_id: None | str | Unset = UNSET
    session_id: None | str | Unset = UNSET
    """ The session it belongs to, if any. """
    session_timeout: int | None | Unset = UNSET
    """ In minutes. """
    start_time: None | str | Unset = UNSET
    end_time: None | str | Unset = UNSET
    """ Null while it lasts. """
    gpu: None | str | Unset = UNSET
    ws_gpu: None | str | Unset = UNSET
    gpu_provider: None | str | Unset = UNSET
    """ modal, runpod; more may come. """
    cost: float | None | Unset = UNSET
    cost_item_title: None | str | Unset = UNSET
    tunnel_url: None | str | Unset = UNSET
    """ Where a session's ComfyUI answers. """
    modal_function_id: None | str | Unset = UNSET
    environment: None | str | Unset = UNSET
    """ Of the deployment it ran for, if any. """
    user_id: None | str | Unset = UNSET
    org_id: None | str | Unset = UNSET
    created_at: None | str | Unset = UNSET
    updated_at: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id: None | str | Unset
        if isinstance(self.id, Unset):
            id = UNSET
        else:
            id = self.id

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

        session_id: None | str | Unset
        if isinstance(self.session_id, Unset):
            session_id = UNSET
        else:
            session_id = self.session_id

        session_timeout: int | None | Unset
        if isinstance(self.session_timeout, Unset):
            session_timeout = UNSET
        else:
            session_timeout = self.session_timeout

        start_time: None | str | Unset
        if isinstance(self.start_time, Unset):
            start_time = UNSET
        else:
            start_time = self.start_time

        end_time: None | str | Unset
        if isinstance(self.end_time, Unset):
            end_time = UNSET
        else:
            end_time = self.end_time

        gpu: None | str | Unset
        if isinstance(self.gpu, Unset):
            gpu = UNSET
        else:
            gpu = self.gpu

        ws_gpu: None | str | Unset
        if isinstance(self.ws_gpu, Unset):
            ws_gpu = UNSET
        else:
            ws_gpu = self.ws_gpu

        gpu_provider: None | str | Unset
        if isinstance(self.gpu_provider, Unset):
            gpu_provider = UNSET
        else:
            gpu_provider = self.gpu_provider

        cost: float | None | Unset
        if isinstance(self.cost, Unset):
            cost = UNSET
        else:
            cost = self.cost

        cost_item_title: None | str | Unset
        if isinstance(self.cost_item_title, Unset):
            cost_item_title = UNSET
        else:
            cost_item_title = self.cost_item_title

        tunnel_url: None | str | Unset
        if isinstance(self.tunnel_url, Unset):
            tunnel_url = UNSET
        else:
            tunnel_url = self.tunnel_url

        modal_function_id: None | str | Unset
        if isinstance(self.modal_function_id, Unset):
            modal_function_id = UNSET
        else:
            modal_function_id = self.modal_function_id

        environment: None | str | Unset
        if isinstance(self.environment, Unset):
            environment = UNSET
        else:
            environment = self.environment

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

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if id is not UNSET:
            field_dict["id"] = id
        if machine_id is not UNSET:
            field_dict["machine_id"] = machine_id
        if machine_version_id is not UNSET:
            field_dict["machine_version_id"] = machine_version_id
        if session_id is not UNSET:
            field_dict["session_id"] = session_id
        if session_timeout is not UNSET:
            field_dict["session_timeout"] = session_timeout
        if start_time is not UNSET:
            field_dict["start_time"] = start_time
        if end_time is not UNSET:
            field_dict["end_time"] = end_time
        if gpu is not UNSET:
            field_dict["gpu"] = gpu
        if ws_gpu is not UNSET:
            field_dict["ws_gpu"] = ws_gpu
        if gpu_provider is not UNSET:
            field_dict["gpu_provider"] = gpu_provider
        if cost is not UNSET:
            field_dict["cost"] = cost
        if cost_item_title is not UNSET:
            field_dict["cost_item_title"] = cost_item_title
        if tunnel_url is not UNSET:
            field_dict["tunnel_url"] = tunnel_url
        if modal_function_id is not UNSET:
            field_dict["modal_function_id"] = modal_function_id
        if environment is not UNSET:
            field_dict["environment"] = environment
        if user_id is not UNSET:
            field_dict["user_id"] = user_id
        if org_id is not UNSET:
            field_dict["org_id"] = org_id
        if created_at is not UNSET:
            field_dict["created_at"] = created_at
        if updated_at is not UNSET:
            field_dict["updated_at"] = updated_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        id = _parse_id(d.pop("id", UNSET))

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

        def _parse_session_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        session_id = _parse_session_id(d.pop("session_id", UNSET))

        def _parse_session_timeout(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        session_timeout = _parse_session_timeout(d.pop("session_timeout", UNSET))

        def _parse_start_time(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        start_time = _parse_start_time(d.pop("start_time", UNSET))

        def _parse_end_time(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        end_time = _parse_end_time(d.pop("end_time", UNSET))

        def _parse_gpu(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        gpu = _parse_gpu(d.pop("gpu", UNSET))

        def _parse_ws_gpu(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        ws_gpu = _parse_ws_gpu(d.pop("ws_gpu", UNSET))

        def _parse_gpu_provider(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        gpu_provider = _parse_gpu_provider(d.pop("gpu_provider", UNSET))

        def _parse_cost(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | Unset", data)

        cost = _parse_cost(d.pop("cost", UNSET))

        def _parse_cost_item_title(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        cost_item_title = _parse_cost_item_title(d.pop("cost_item_title", UNSET))

        def _parse_tunnel_url(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        tunnel_url = _parse_tunnel_url(d.pop("tunnel_url", UNSET))

        def _parse_modal_function_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        modal_function_id = _parse_modal_function_id(d.pop("modal_function_id", UNSET))

        def _parse_environment(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        environment = _parse_environment(d.pop("environment", UNSET))

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

        machine_event = cls(
            id=id,
            machine_id=machine_id,
            machine_version_id=machine_version_id,
            session_id=session_id,
            session_timeout=session_timeout,
            start_time=start_time,
            end_time=end_time,
            gpu=gpu,
            ws_gpu=ws_gpu,
            gpu_provider=gpu_provider,
            cost=cost,
            cost_item_title=cost_item_title,
            tunnel_url=tunnel_url,
            modal_function_id=modal_function_id,
            environment=environment,
            user_id=user_id,
            org_id=org_id,
            created_at=created_at,
            updated_at=updated_at,
        )

        machine_event.additional_properties = d
        return machine_event

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
