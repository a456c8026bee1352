from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ... import errors
from ...models.machine_version import MachineVersion
from ...models.problem import Problem
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def _get_kwargs(
    machine_id: str,
    version_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/machine/serverless/{machine_id}/versions/{version_id}".format(
            machine_id=quote(str(machine_id), safe=""),
            version_id=quote(str(version_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> MachineVersion | Problem | None:
    if response.status_code == 200:
        response_200 = MachineVersion.from_dict(response.json())

        return response_200

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

    if response.status_code == 422:
        response_422 = Problem.from_dict(response.json())

        return response_422

    if response.status_code == 500:
        response_500 = Problem.from_dict(response.json())

        return response_500

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[MachineVersion | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    machine_id: str,
    version_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[MachineVersion | Problem]:
    """One version of a serverless machine with its settings.

     By its id, not by its number. It must be a version of this machine.

    Args:
        machine_id (str):
        version_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[MachineVersion | Problem]
    """

    kwargs = _get_kwargs(
        machine_id=machine_id,
        version_id=version_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    machine_id: str,
    version_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> MachineVersion | Problem | None:
    """One version of a serverless machine with its settings.

     By its id, not by its number. It must be a version of this machine.

    Args:
        machine_id (str):
        version_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        MachineVersion | Problem
    """

    return sync_detailed(
        machine_id=machine_id,
        version_id=version_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    machine_id: str,
    version_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[MachineVersion | Problem]:
    """One version of a serverless machine with its settings.

     By its id, not by its number. It must be a version of this machine.

    Args:
        machine_id (str):
        version_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[MachineVersion | Problem]
    """

    kwargs = _get_kwargs(
        machine_id=machine_id,
        version_id=version_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    machine_id: str,
    version_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> MachineVersion | Problem | None:
    """One version of a serverless machine with its settings.

     By its id, not by its number. It must be a version of this machine.

    Args:
        machine_id (str):
        version_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        MachineVersion | Problem
    """

    return (
        await asyncio_detailed(
            machine_id=machine_id,
            version_id=version_id,
            client=client,
        )
    ).parsed
