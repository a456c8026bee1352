from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.secret_variable import SecretVariable


T = TypeVar("T", bound="Secret")


@_attrs_define
class Secret:
    """A named set of environment variables."""

    id: None | str | Unset = UNSET
    name: None | str | Unset = UNSET
    environment_variables: list[None | SecretVariable] | None | Unset = UNSET
    machines: list[None | str] | None | Unset = UNSET
    """ Ids of machines, only in secrets_list. """
    user_id: None | str | Unset = UNSET
    org_id: None | str | Unset = UNSET
    created_at: None | str | Unset = UNSET
    updated_at: None | str | Unset = UNSET
    """ Left out in the answer to a change. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.secret_variable import SecretVariable  # noqa: PLC0415

        id: None | str | Unset
        if isinstance(self.id, Unset):
            id = UNSET
        else:
            id = self.id

        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        environment_variables: list[dict[str, Any] | None] | None | Unset
        if isinstance(self.environment_variables, Unset):
            environment_variables = UNSET
        elif isinstance(self.environment_variables, list):
            environment_variables = []
            for environment_variables_type_0_item_data in self.environment_variables:
                environment_variables_type_0_item: dict[str, Any] | None
                if isinstance(environment_variables_type_0_item_data, SecretVariable):
                    environment_variables_type_0_item = environment_variables_type_0_item_data.to_dict()
                else:
                    environment_variables_type_0_item = environment_variables_type_0_item_data
                environment_variables.append(environment_variables_type_0_item)

        else:
            environment_variables = self.environment_variables

        machines: list[None | str] | None | Unset
        if isinstance(self.machines, Unset):
            machines = UNSET
        elif isinstance(self.machines, list):
            machines = []
            for machines_type_0_item_data in self.machines:
                machines_type_0_item: None | str
                machines_type_0_item = machines_type_0_item_data
                machines.append(machines_type_0_item)

        else:
            machines = self.machines

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
        if name is not UNSET:
            field_dict["name"] = name
        if environment_variables is not UNSET:
            field_dict["environment_variables"] = environment_variables
        if machines is not UNSET:
            field_dict["machines"] = machines
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
        from ..models.secret_variable import SecretVariable  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        id = _parse_id(d.pop("id", UNSET))

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast("None | str | Unset", data)

        name = _parse_name(d.pop("name", UNSET))

        def _parse_environment_variables(data: object) -> list[None | SecretVariable] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                environment_variables_type_0 = []
                _environment_variables_type_0 = data
                for environment_variables_type_0_item_data in _environment_variables_type_0:

                    def _parse_environment_variables_type_0_item(data: object) -> None | SecretVariable:
                        if data is None:
                            return data
                        try:
                            if not isinstance(data, dict):
                                raise TypeError()
                            environment_variables_type_0_item_type_0 = SecretVariable.from_dict(data)

                            return environment_variables_type_0_item_type_0
                        except (TypeError, ValueError, AttributeError, KeyError):
                            pass
                        return cast("None | SecretVariable", data)

                    environment_variables_type_0_item = _parse_environment_variables_type_0_item(
                        environment_variables_type_0_item_data
                    )

                    environment_variables_type_0.append(environment_variables_type_0_item)

                return environment_variables_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[None | SecretVariable] | None | Unset", data)

        environment_variables = _parse_environment_variables(d.pop("environment_variables", UNSET))

        def _parse_machines(data: object) -> list[None | str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                machines_type_0 = []
                _machines_type_0 = data
                for machines_type_0_item_data in _machines_type_0:

                    def _parse_machines_type_0_item(data: object) -> None | str:
                        if data is None:
                            return data
                        return cast("None | str", data)

                    machines_type_0_item = _parse_machines_type_0_item(machines_type_0_item_data)

                    machines_type_0.append(machines_type_0_item)

                return machines_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast("list[None | str] | None | Unset", data)

        machines = _parse_machines(d.pop("machines", UNSET))

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

        secret = cls(
            id=id,
            name=name,
            environment_variables=environment_variables,
            machines=machines,
            user_id=user_id,
            org_id=org_id,
            created_at=created_at,
            updated_at=updated_at,
        )

        secret.additional_properties = d
        return secret

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
