from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.gpu import GPU
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="SessionCreate")


@_attrs_define
class SessionCreate:
    """Which machine to start, and for how long."""

    machine_id: str
    gpu: GPU | None | Unset = UNSET
    """ The machine's own unless given. """
    timeout: int | None | Unset = UNSET
    """ In minutes; 15 unless given. """
    wait_for_server: bool | Unset = UNSET
    """ Answer when ComfyUI answers; false unless given. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        machine_id = self.machine_id

        gpu: None | str | Unset
        if isinstance(self.gpu, Unset):
            gpu = UNSET
        elif isinstance(self.gpu, GPU):
            gpu = self.gpu.value
        else:
            gpu = self.gpu

        timeout: int | None | Unset
        if isinstance(self.timeout, Unset):
            timeout = UNSET
        else:
            timeout = self.timeout

        wait_for_server = self.wait_for_server

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "machine_id": machine_id,
            }
        )
        if gpu is not UNSET:
            field_dict["gpu"] = gpu
        if timeout is not UNSET:
            field_dict["timeout"] = timeout
        if wait_for_server is not UNSET:
            field_dict["wait_for_server"] = wait_for_server

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        machine_id = d.pop("machine_id")

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

        def _parse_timeout(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("int | None | Unset", data)

        timeout = _parse_timeout(d.pop("timeout", UNSET))

        wait_for_server = d.pop("wait_for_server", UNSET)

        session_create = cls(
            machine_id=machine_id,
            gpu=gpu,
            timeout=timeout,
            wait_for_server=wait_for_server,
        )

        session_create.additional_properties = d
        return session_create

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
