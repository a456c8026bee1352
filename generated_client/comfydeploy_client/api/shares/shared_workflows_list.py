from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ... import errors
from ...models.problem import Problem
from ...models.shared_workflow_list import SharedWorkflowList
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def _get_kwargs(
    *,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    user_id: str | Unset = UNSET,
    search: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["limit"] = limit

    params["offset"] = offset

    params["user_id"] = user_id

    params["search"] = search

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/shared-workflows",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | SharedWorkflowList | None:
    if response.status_code == 200:
        response_200 = SharedWorkflowList.from_dict(response.json())

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
) -> Response[Problem | SharedWorkflowList]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    user_id: str | Unset = UNSET,
    search: str | Unset = UNSET,
) -> Response[Problem | SharedWorkflowList]:
    """The workflows that anybody published.

     Newest first, without the graphs, in an object with the total. Works without a key.

    Args:
        limit (int | Unset):
        offset (int | Unset):
        user_id (str | Unset):
        search (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SharedWorkflowList]
    """

    kwargs = _get_kwargs(
        limit=limit,
        offset=offset,
        user_id=user_id,
        search=search,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    user_id: str | Unset = UNSET,
    search: str | Unset = UNSET,
) -> Problem | SharedWorkflowList | None:
    """The workflows that anybody published.

     Newest first, without the graphs, in an object with the total. Works without a key.

    Args:
        limit (int | Unset):
        offset (int | Unset):
        user_id (str | Unset):
        search (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SharedWorkflowList
    """

    return sync_detailed(
        client=client,
        limit=limit,
        offset=offset,
        user_id=user_id,
        search=search,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    user_id: str | Unset = UNSET,
    search: str | Unset = UNSET,
) -> Response[Problem | SharedWorkflowList]:
    """The workflows that anybody published.

     Newest first, without the graphs, in an object with the total. Works without a key.

    Args:
        limit (int | Unset):
        offset (int | Unset):
        user_id (str | Unset):
        search (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SharedWorkflowList]
    """

    kwargs = _get_kwargs(
        limit=limit,
        offset=offset,
        user_id=user_id,
        search=search,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    user_id: str | Unset = UNSET,
    search: str | Unset = UNSET,
) -> Problem | SharedWorkflowList | None:
    """The workflows that anybody published.

     Newest first, without the graphs, in an object with the total. Works without a key.

    Args:
        limit (int | Unset):
        offset (int | Unset):
        user_id (str | Unset):
        search (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SharedWorkflowList
    """

    return (
        await asyncio_detailed(
            client=client,
            limit=limit,
            offset=offset,
            user_id=user_id,
            search=search,
        )
    ).parsed
