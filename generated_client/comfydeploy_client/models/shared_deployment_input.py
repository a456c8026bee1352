from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping


T = TypeVar("T", bound="SharedDeploymentInput")


@_attrs_define
class SharedDeploymentInput:
    """One input a run of a shared deployment takes, with all fields of its node."""

    input_id: None | str | Unset = UNSET
    """ The name it has in a run's inputs. """
    type_: None | str | Unset = UNSET
    """ string, integer, float, boolean, binary; more may come. """
    class_type: None | str | Unset = UNSET
    """ The class of the node that declares it. """
    display_name: None | str | Unset = UNSET
    description: None | str | Unset = UNSET
    default_value: Any | Unset = UNSET
    """ Text, number, boolean, list; a two-element list may be a link to another node. """
    default_value_url: Any | Unset = UNSET
    """ A link to the picture that is taken without another. """
    min_value: Any | Unset = UNSET
    """ A number or null. """
    max_value: Any | Unset = UNSET
    """ A number or null. """
    step: Any | Unset = UNSET
    """ A number or null. """
    options: Any | Unset = UNSET
    """ What an enum offers, as JSON in text. """
    enum_options: Any | Unset = UNSET
    """ What an enum offers, as a list. """
    images: Any | Unset = UNSET
    """ Of a batch of pictures, as JSON in text. """
    default_lora_name: Any | Unset = UNSET
    """ Of a LoRA. """
    lora_save_name: Any | Unset = UNSET
    """ Of a LoRA. """
    lora_url: Any | Unset = UNSET
    """ Of a LoRA. """
    video: Any | Unset = UNSET
    """ Of a video. """
    force_rate: Any | Unset = UNSET
    """ Of a video. """
    audio_file: Any | Unset = UNSET
    """ Of audio. """
    exr_file: Any | Unset = UNSET
    """ Of an EXR picture. """
    file_url: Any | Unset = UNSET
    """ Of a file. """
    seed: Any | Unset = UNSET
    """ Of a picture that comes by websocket. """
    client_id: Any | Unset = UNSET
    """ Of a picture that comes by websocket. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        input_id: None | str | Unset
        if isinstance(self.input_id, Unset):
            input_id = UNSET
        else:
            input_id = self.input_id

        type_: None | str | Unset
        if isinstance(self.type_, Unset):
            type_ = UNSET
        else:
            type_ = self.type_

        class_type: None | str | Unset
        if isinstance(self.class_type, Unset):
            class_type = UNSET
        else:
            class_type = self.class_type

        display_name: None | str | Unset
        if isinstance(self.display_name, Unset):
            display_name = UNSET
        else:
            display_name = self.display_name

        description: None | str | Unset
        if isinstance(self.description, Unset):
            description = UNSET
        else:
            description = self.description

        default_value = self.default_value

        default_value_url = self.default_value_url

        min_value = self.min_value

        max_value = self.max_value

        step = self.step

        options = self.options

        enum_options = self.enum_options

        images = self.images

        default_lora_name = self.default_lora_name

        lora_save_name = self.lora_save_name

        lora_url = self.lora_url

        video = self.video

        force_rate = self.force_rate

        audio_file = self.audio_file

        exr_file = self.exr_file

        file_url = self.file_url

        seed = self.seed

        client_id = self.client_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if input_id is not UNSET:
            field_dict["input_id"] = input_id
        if type_ is not UNSET:
            field_dict["type"] = type_
        if class_type is not UNSET:
            field_dict["class_type"] = class_type
        if display_name is not UNSET:
            field_dict["display_name"] = display_name
        if description is not UNSET:
            field_dict["description"] = description
        if default_value is not UNSET:
            field_dict["default_value"] = default_value
        if default_value_url is not UNSET:
            field_dict["default_value_url"] = default_value_url
        if min_value is not UNSET:
            field_dict["min_value"] = min_value
        if max_value is not UNSET:
            field_dict["max_value"] = max_value
        if step is not UNSET:
            field_dict["step"] = step
        if options is not UNSET:
            field_dict["options"] = options
        if enum_options is not UNSET:
            field_dict["enum_options"] = enum_options
        if images is not UNSET:
            field_dict["images"] = images
        if default_lora_name is not UNSET:
            field_dict["default_lora_name"] = default_lora_name
        if lora_save_name is not UNSET:
            field_dict["lora_save_name"] = lora_save_name
        if lora_url is not UNSET:
            field_dict["lora_url"] = lora_url
        if video is not UNSET:
            field_dict["video"] = video
        if force_rate is not UNSET:
            field_dict["force_rate"] = force_rate
        if audio_file is not UNSET:
            field_dict["audio_file"] = audio_file
        if exr_file is not UNSET:
            field_dict["exr_file"] = exr_file
        if file_url is not UNSET:
            field_dict["file_url"] = file_url
        if seed is not UNSET:
            field_dict["seed"] = seed
        if client_id is not UNSET:
            field_dict["client_id"] = client_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_input_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        input_id = _parse_input_id(d.pop("input_id", UNSET))

        def _parse_type_(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        type_ = _parse_type_(d.pop("type", UNSET))

        def _parse_class_type(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        class_type = _parse_class_type(d.pop("class_type", UNSET))

        def _parse_display_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        display_name = _parse_display_name(d.pop("display_name", UNSET))

        def _parse_description(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        description = _parse_description(d.pop("description", UNSET))

        default_value = d.pop("default_value", UNSET)

        default_value_url = d.pop("default_value_url", UNSET)

        min_value = d.pop("min_value", UNSET)

        max_value = d.pop("max_value", UNSET)

        step = d.pop("step", UNSET)

        options = d.pop("options", UNSET)

        enum_options = d.pop("enum_options", UNSET)

        images = d.pop("images", UNSET)

        default_lora_name = d.pop("default_lora_name", UNSET)

        lora_save_name = d.pop("lora_save_name", UNSET)

        lora_url = d.pop("lora_url", UNSET)

        video = d.pop("video", UNSET)

        force_rate = d.pop("force_rate", UNSET)

        audio_file = d.pop("audio_file", UNSET)

        exr_file = d.pop("exr_file", UNSET)

        file_url = d.pop("file_url", UNSET)

        seed = d.pop("seed", UNSET)

        client_id = d.pop("client_id", UNSET)

        shared_deployment_input = cls(
            input_id=input_id,
            type_=type_,
            class_type=class_type,
            display_name=display_name,
            description=description,
            default_value=default_value,
            default_value_url=default_value_url,
            min_value=min_value,
            max_value=max_value,
            step=step,
            options=options,
            enum_options=enum_options,
            images=images,
            default_lora_name=default_lora_name,
            lora_save_name=lora_save_name,
            lora_url=lora_url,
            video=video,
            force_rate=force_rate,
            audio_file=audio_file,
            exr_file=exr_file,
            file_url=file_url,
            seed=seed,
            client_id=client_id,
        )

        shared_deployment_input.additional_properties = d
        return shared_deployment_input

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
