from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ... import errors
from ...models.asset_upload_url import AssetUploadUrl
from ...models.problem import Problem
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def _get_kwargs(
    *,
    file_name: str,
    type_: str,
    parent_path: str | Unset = UNSET,
    size: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["file_name"] = file_name

    params["type"] = type_

    params["parent_path"] = parent_path

    params["size"] = size

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/assets/presigned-url",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AssetUploadUrl | Problem | None:
    if response.status_code == 200:
        response_200 = AssetUploadUrl.from_dict(response.json())

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
) -> Response[AssetUploadUrl | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    file_name: str,
    type_: str,
    parent_path: str | Unset = UNSET,
    size: int | Unset = UNSET,
) -> Response[AssetUploadUrl | Problem]:
    """A link to upload an asset to the store itself.

     Valid for an hour, for a PUT with the same Content-Type; a public one also needs the header
    `x-amz-acl: public-read`. Nothing is checked and nothing is kept: register the asset after the
    upload.

    Args:
        file_name (str):
        type_ (str):
        parent_path (str | Unset):
        size (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AssetUploadUrl | Problem]
    """

    kwargs = _get_kwargs(
        file_name=file_name,
        type_=type_,
        parent_path=parent_path,
        size=size,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    file_name: str,
    type_: str,
    parent_path: str | Unset = UNSET,
    size: int | Unset = UNSET,
) -> AssetUploadUrl | Problem | None:
    """A link to upload an asset to the store itself.

     Valid for an hour, for a PUT with the same Content-Type; a public one also needs the header
    `x-amz-acl: public-read`. Nothing is checked and nothing is kept: register the asset after the
    upload.

    Args:
        file_name (str):
        type_ (str):
        parent_path (str | Unset):
        size (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AssetUploadUrl | Problem
    """

    return sync_detailed(
        client=client,
        file_name=file_name,
        type_=type_,
        parent_path=parent_path,
        size=size,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    file_name: str,
    type_: str,
    parent_path: str | Unset = UNSET,
    size: int | Unset = UNSET,
) -> Response[AssetUploadUrl | Problem]:
    """A link to upload an asset to the store itself.

     Valid for an hour, for a PUT with the same Content-Type; a public one also needs the header
    `x-amz-acl: public-read`. Nothing is checked and nothing is kept: register the asset after the
    upload.

    Args:
        file_name (str):
        type_ (str):
        parent_path (str | Unset):
        size (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AssetUploadUrl | Problem]
    """

    kwargs = _get_kwargs(
        file_name=file_name,
        type_=type_,
        parent_path=parent_path,
        size=size,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    file_name: str,
    type_: str,
    parent_path: str | Unset = UNSET,
    size: int | Unset = UNSET,
) -> AssetUploadUrl | Problem | None:
    """A link to upload an asset to the store itself.

     Valid for an hour, for a PUT with the same Content-Type; a public one also needs the header
    `x-amz-acl: public-read`. Nothing is checked and nothing is kept: register the asset after the
    upload.

    Args:
        file_name (str):
        type_ (str):
        parent_path (str | Unset):
        size (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AssetUploadUrl | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            file_name=file_name,
            type_=type_,
            parent_path=parent_path,
            size=size,
        )
    ).parsed
