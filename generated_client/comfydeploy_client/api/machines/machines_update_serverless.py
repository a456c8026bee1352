from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ... import errors
from ...models.machine import Machine
from ...models.problem import Problem
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.machine_serverless_update import MachineServerlessUpdate


def _get_kwargs(
    machine_id: str,
    *,
    body: MachineServerlessUpdate,
    rollback_version_id: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["rollback_version_id"] = rollback_version_id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "patch",
        "url": "/machine/serverless/{machine_id}".format(
            machine_id=quote(str(machine_id), safe=""),
        ),
        "params": params,
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Machine | Problem | None:
    if response.status_code == 200:
        response_200 = Machine.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

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
) -> Response[Machine | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    machine_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: MachineServerlessUpdate,
    rollback_version_id: str | Unset = UNSET,
) -> Response[Machine | Problem]:
    """Change a serverless machine.

     What is left out or null stays. A change of what the image or its containers depend on makes a new
    version and
    builds it; the name, the card and the number of warm containers change without. A machine of another
    type
    answers 400.

    Args:
        machine_id (str):
        rollback_version_id (str | Unset):
        body (MachineServerlessUpdate): What to change on a serverless machine; what is left out
            or null stays. Seconds for timeouts.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Machine | Problem]
    """

    kwargs = _get_kwargs(
        machine_id=machine_id,
        body=body,
        rollback_version_id=rollback_version_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    machine_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: MachineServerlessUpdate,
    rollback_version_id: str | Unset = UNSET,
) -> Machine | Problem | None:
    """Change a serverless machine.

     What is left out or null stays. A change of what the image or its containers depend on makes a new
    version and
    builds it; the name, the card and the number of warm containers change without. A machine of another
    type
    answers 400.

    Args:
        machine_id (str):
        rollback_version_id (str | Unset):
        body (MachineServerlessUpdate): What to change on a serverless machine; what is left out
            or null stays. Seconds for timeouts.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Machine | Problem
    """

    return sync_detailed(
        machine_id=machine_id,
        client=client,
        body=body,
        rollback_version_id=rollback_version_id,
    ).parsed


async def asyncio_detailed(
    machine_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: MachineServerlessUpdate,
    rollback_version_id: str | Unset = UNSET,
) -> Response[Machine | Problem]:
    """Change a serverless machine.

     What is left out or null stays. A change of what the image or its containers depend on makes a new
    version and
    builds it; the name, the card and the number of warm containers change without. A machine of another
    type
    answers 400.

    Args:
        machine_id (str):
        rollback_version_id (str | Unset):
        body (MachineServerlessUpdate): What to change on a serverless machine; what is left out
            or null stays. Seconds for timeouts.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Machine | Problem]
    """

    kwargs = _get_kwargs(
        machine_id=machine_id,
        body=body,
        rollback_version_id=rollback_version_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    machine_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: MachineServerlessUpdate,
    rollback_version_id: str | Unset = UNSET,
) -> Machine | Problem | None:
    """Change a serverless machine.

     What is left out or null stays. A change of what the image or its containers depend on makes a new
    version and
    builds it; the name, the card and the number of warm containers change without. A machine of another
    type
    answers 400.

    Args:
        machine_id (str):
        rollback_version_id (str | Unset):
        body (MachineServerlessUpdate): What to change on a serverless machine; what is left out
            or null stays. Seconds for timeouts.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Machine | Problem
    """

    return (
        await asyncio_detailed(
            machine_id=machine_id,
            client=client,
            body=body,
            rollback_version_id=rollback_version_id,
        )
    ).parsed
