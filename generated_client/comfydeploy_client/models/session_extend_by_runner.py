from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="SessionExtendByRunner")


@_attrs_define
class SessionExtendByRunner:
    """Which session, where it runs, and how much longer."""

    machine_id: str
    session_id: str
    timeout: int
    """ Minutes to add. """
    gpu: str
    """ The card it runs on. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        machine_id = self.machine_id

        session_id = self.session_id

        timeout = self.timeout

        gpu = self.gpu

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "machine_id": machine_id,
                "session_id": session_id,
                "timeout": timeout,
                "gpu": gpu,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        machine_id = d.pop("machine_id")

        session_id = d.pop("session_id")

        timeout = d.pop("timeout")

        gpu = d.pop("gpu")

        session_extend_by_runner = cls(
            machine_id=machine_id,
            session_id=session_id,
            timeout=timeout,
            gpu=gpu,
        )

        session_extend_by_runner.additional_properties = d
        return session_extend_by_runner

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
