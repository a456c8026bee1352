from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ... import errors
from ...models.deployment import Deployment
from ...models.problem import Problem
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.deployment_create import DeploymentCreate


def _get_kwargs(
    *,
    body: DeploymentCreate,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/deployment",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Deployment | Problem | None:
    if response.status_code == 200:
        response_200 = Deployment.from_dict(response.json())

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
) -> Response[Deployment | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: DeploymentCreate,
) -> Response[Deployment | Problem]:
    """Put a workflow version on a machine, under an environment.

     One deployment for each workflow and environment: what is there is changed and keeps its id. One of
    `machine_id` and `machine_version_id` is needed. What is not found answers 500, as does a second
    kind of share
    of one workflow, whose slug is taken. Posting a private share again takes its slug away.

    Args:
        body (DeploymentCreate): Which version goes where.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Deployment | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: DeploymentCreate,
) -> Deployment | Problem | None:
    """Put a workflow version on a machine, under an environment.

     One deployment for each workflow and environment: what is there is changed and keeps its id. One of
    `machine_id` and `machine_version_id` is needed. What is not found answers 500, as does a second
    kind of share
    of one workflow, whose slug is taken. Posting a private share again takes its slug away.

    Args:
        body (DeploymentCreate): Which version goes where.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Deployment | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: DeploymentCreate,
) -> Response[Deployment | Problem]:
    """Put a workflow version on a machine, under an environment.

     One deployment for each workflow and environment: what is there is changed and keeps its id. One of
    `machine_id` and `machine_version_id` is needed. What is not found answers 500, as does a second
    kind of share
    of one workflow, whose slug is taken. Posting a private share again takes its slug away.

    Args:
        body (DeploymentCreate): Which version goes where.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Deployment | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: DeploymentCreate,
) -> Deployment | Problem | None:
    """Put a workflow version on a machine, under an environment.

     One deployment for each workflow and environment: what is there is changed and keeps its id. One of
    `machine_id` and `machine_version_id` is needed. What is not found answers 500, as does a second
    kind of share
    of one workflow, whose slug is taken. Posting a private share again takes its slug away.

    Args:
        body (DeploymentCreate): Which version goes where.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Deployment | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
