from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ... import errors
from ...models.gallery_item import GalleryItem
from ...models.problem import Problem
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def _get_kwargs(
    workflow_id: str,
    *,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    origin: str | Unset = UNSET,
    user_id: str | Unset = UNSET,
    file_type: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["limit"] = limit

    params["offset"] = offset

    params["origin"] = origin

    params["user_id"] = user_id

    params["file_type"] = file_type

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/workflow/{workflow_id}/gallery".format(
            workflow_id=quote(str(workflow_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | list[GalleryItem] | None:
    if response.status_code == 200:
        response_200 = []
        _response_200 = response.json()
        for response_200_item_data in _response_200:
            response_200_item = GalleryItem.from_dict(response_200_item_data)

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
) -> Response[Problem | list[GalleryItem]]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    workflow_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    origin: str | Unset = UNSET,
    user_id: str | Unset = UNSET,
    file_type: str | Unset = UNSET,
) -> Response[Problem | list[GalleryItem]]:
    """What the successful runs of a workflow made.

     Newest output first, only outputs with images, gifs, mesh or files. An unknown workflow answers an
    empty
    array.

    Args:
        workflow_id (str):
        limit (int | Unset):
        offset (int | Unset):
        origin (str | Unset):
        user_id (str | Unset):
        file_type (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | list[GalleryItem]]
    """

    kwargs = _get_kwargs(
        workflow_id=workflow_id,
        limit=limit,
        offset=offset,
        origin=origin,
        user_id=user_id,
        file_type=file_type,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    workflow_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    origin: str | Unset = UNSET,
    user_id: str | Unset = UNSET,
    file_type: str | Unset = UNSET,
) -> Problem | list[GalleryItem] | None:
    """What the successful runs of a workflow made.

     Newest output first, only outputs with images, gifs, mesh or files. An unknown workflow answers an
    empty
    array.

    Args:
        workflow_id (str):
        limit (int | Unset):
        offset (int | Unset):
        origin (str | Unset):
        user_id (str | Unset):
        file_type (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | list[GalleryItem]
    """

    return sync_detailed(
        workflow_id=workflow_id,
        client=client,
        limit=limit,
        offset=offset,
        origin=origin,
        user_id=user_id,
        file_type=file_type,
    ).parsed


async def asyncio_detailed(
    workflow_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    origin: str | Unset = UNSET,
    user_id: str | Unset = UNSET,
    file_type: str | Unset = UNSET,
) -> Response[Problem | list[GalleryItem]]:
    """What the successful runs of a workflow made.

     Newest output first, only outputs with images, gifs, mesh or files. An unknown workflow answers an
    empty
    array.

    Args:
        workflow_id (str):
        limit (int | Unset):
        offset (int | Unset):
        origin (str | Unset):
        user_id (str | Unset):
        file_type (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | list[GalleryItem]]
    """

    kwargs = _get_kwargs(
        workflow_id=workflow_id,
        limit=limit,
        offset=offset,
        origin=origin,
        user_id=user_id,
        file_type=file_type,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    workflow_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    origin: str | Unset = UNSET,
    user_id: str | Unset = UNSET,
    file_type: str | Unset = UNSET,
) -> Problem | list[GalleryItem] | None:
    """What the successful runs of a workflow made.

     Newest output first, only outputs with images, gifs, mesh or files. An unknown workflow answers an
    empty
    array.

    Args:
        workflow_id (str):
        limit (int | Unset):
        offset (int | Unset):
        origin (str | Unset):
        user_id (str | Unset):
        file_type (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | list[GalleryItem]
    """

    return (
        await asyncio_detailed(
            workflow_id=workflow_id,
            client=client,
            limit=limit,
            offset=offset,
            origin=origin,
            user_id=user_id,
            file_type=file_type,
        )
    ).parsed
