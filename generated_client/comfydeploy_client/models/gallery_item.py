from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="GalleryItem")


@_attrs_define
class GalleryItem:
    """One output of a successful run. Times are seconds, as numbers or as text."""

    output_id: None | str | Unset = UNSET
    """ The id of the output, unlike elsewhere. """
    run_id: None | str | Unset = UNSET
    user_id: None | str | Unset = UNSET
    origin: None | str | Unset = UNSET
    data: Any | Unset = UNSET
    """ Mostly lists of media objects by kind. """
    node_meta: Any | Unset = UNSET
    """ An object with `node_id`, or null. """
    run_duration: float | None | str | Unset = UNSET
    """ From started to ended. """
    cold_start: float | None | str | Unset = UNSET
    """ From queued to started. """
    queue_time: float | None | str | Unset = UNSET
    """ From created to queued. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        output_id: None | str | Unset
        if isinstance(self.output_id, Unset):
            output_id = UNSET
        else:
            output_id = self.output_id

        run_id: None | str | Unset
        if isinstance(self.run_id, Unset):
            run_id = UNSET
        else:
            run_id = self.run_id

        user_id: None | str | Unset
        if isinstance(self.user_id, Unset):
            user_id = UNSET
        else:
            user_id = self.user_id

        origin: None | str | Unset
        if isinstance(self.origin, Unset):
            origin = UNSET
        else:
            origin = self.origin

        data = self.data

        node_meta = self.node_meta

        run_duration: float | None | str | Unset
        if isinstance(self.run_duration, Unset):
            run_duration = UNSET
        else:
            run_duration = self.run_duration

        cold_start: float | None | str | Unset
        if isinstance(self.cold_start, Unset):
            cold_start = UNSET
        else:
            cold_start = self.cold_start

        queue_time: float | None | str | Unset
        if isinstance(self.queue_time, Unset):
            queue_time = UNSET
        else:
            queue_time = self.queue_time

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if output_id is not UNSET:
            field_dict["output_id"] = output_id
        if run_id is not UNSET:
            field_dict["run_id"] = run_id
        if user_id is not UNSET:
            field_dict["user_id"] = user_id
        if origin is not UNSET:
            field_dict["origin"] = origin
        if data is not UNSET:
            field_dict["data"] = data
        if node_meta is not UNSET:
            field_dict["node_meta"] = node_meta
        if run_duration is not UNSET:
            field_dict["run_duration"] = run_duration
        if cold_start is not UNSET:
            field_dict["cold_start"] = cold_start
        if queue_time is not UNSET:
            field_dict["queue_time"] = queue_time

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_output_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        output_id = _parse_output_id(d.pop("output_id", UNSET))

        def _parse_run_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        run_id = _parse_run_id(d.pop("run_id", UNSET))

        def _parse_user_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        user_id = _parse_user_id(d.pop("user_id", UNSET))

        def _parse_origin(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        origin = _parse_origin(d.pop("origin", UNSET))

        data = d.pop("data", UNSET)

        node_meta = d.pop("node_meta", UNSET)

        def _parse_run_duration(data: object) -> float | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | str | Unset", data)

        run_duration = _parse_run_duration(d.pop("run_duration", UNSET))

        def _parse_cold_start(data: object) -> float | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | str | Unset", data)

        cold_start = _parse_cold_start(d.pop("cold_start", UNSET))

        def _parse_queue_time(data: object) -> float | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("float | None | str | Unset", data)

        queue_time = _parse_queue_time(d.pop("queue_time", UNSET))

        gallery_item = cls(
            output_id=output_id,
            run_id=run_id,
            user_id=user_id,
            origin=origin,
            data=data,
            node_meta=node_meta,
            run_duration=run_duration,
            cold_start=cold_start,
            queue_time=queue_time,
        )

        gallery_item.additional_properties = d
        return gallery_item

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
