from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ... import errors
from ...models.deployment import Deployment
from ...models.problem import Problem
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.environment import Environment


def _get_kwargs(
    *,
    environment: Environment | Unset = UNSET,
    is_fluid: bool | Unset = UNSET,
    page_size: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_environment: str | Unset = UNSET
    if not isinstance(environment, Unset):
        json_environment = environment.value

    params["environment"] = json_environment

    params["is_fluid"] = is_fluid

    params["page_size"] = page_size

    params["offset"] = offset

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/deployments",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | list[Deployment] | None:
    if response.status_code == 200:
        response_200 = []
        _response_200 = response.json()
        for response_200_item_data in _response_200:
            response_200_item = Deployment.from_dict(response_200_item_data)

            response_200.append(response_200_item)

        return response_200

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
) -> Response[Problem | list[Deployment]]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    environment: Environment | Unset = UNSET,
    is_fluid: bool | Unset = UNSET,
    page_size: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> Response[Problem | list[Deployment]]:
    """The deployments of the key's owner.

     Each brings its inputs and its whole workflow version, so pages are heavy. One deployment whose enum
    options
    are not JSON makes the whole list answer 500 in plain text.

    Args:
        environment (Environment | Unset): What a deployment is for.
        is_fluid (bool | Unset):
        page_size (int | Unset):
        offset (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | list[Deployment]]
    """

    kwargs = _get_kwargs(
        environment=environment,
        is_fluid=is_fluid,
        page_size=page_size,
        offset=offset,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    environment: Environment | Unset = UNSET,
    is_fluid: bool | Unset = UNSET,
    page_size: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> Problem | list[Deployment] | None:
    """The deployments of the key's owner.

     Each brings its inputs and its whole workflow version, so pages are heavy. One deployment whose enum
    options
    are not JSON makes the whole list answer 500 in plain text.

    Args:
        environment (Environment | Unset): What a deployment is for.
        is_fluid (bool | Unset):
        page_size (int | Unset):
        offset (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | list[Deployment]
    """

    return sync_detailed(
        client=client,
        environment=environment,
        is_fluid=is_fluid,
        page_size=page_size,
        offset=offset,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    environment: Environment | Unset = UNSET,
    is_fluid: bool | Unset = UNSET,
    page_size: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> Response[Problem | list[Deployment]]:
    """The deployments of the key's owner.

     Each brings its inputs and its whole workflow version, so pages are heavy. One deployment whose enum
    options
    are not JSON makes the whole list answer 500 in plain text.

    Args:
        environment (Environment | Unset): What a deployment is for.
        is_fluid (bool | Unset):
        page_size (int | Unset):
        offset (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | list[Deployment]]
    """

    kwargs = _get_kwargs(
        environment=environment,
        is_fluid=is_fluid,
        page_size=page_size,
        offset=offset,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    environment: Environment | Unset = UNSET,
    is_fluid: bool | Unset = UNSET,
    page_size: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> Problem | list[Deployment] | None:
    """The deployments of the key's owner.

     Each brings its inputs and its whole workflow version, so pages are heavy. One deployment whose enum
    options
    are not JSON makes the whole list answer 500 in plain text.

    Args:
        environment (Environment | Unset): What a deployment is for.
        is_fluid (bool | Unset):
        page_size (int | Unset):
        offset (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | list[Deployment]
    """

    return (
        await asyncio_detailed(
            client=client,
            environment=environment,
            is_fluid=is_fluid,
            page_size=page_size,
            offset=offset,
        )
    ).parsed
