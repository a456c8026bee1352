from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ... import errors
from ...models.asset import Asset
from ...models.problem import Problem
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.file_upload import FileUpload


def _get_kwargs(
    *,
    body: FileUpload,
    parent_path: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["parent_path"] = parent_path

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/assets/upload",
        "params": params,
    }

    _kwargs["files"] = body.to_multipart()

    headers["Content-Type"] = "multipart/form-data; boundary=+++"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Asset | Problem | None:
    if response.status_code == 200:
        response_200 = Asset.from_dict(response.json())

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
) -> Response[Asset | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: FileUpload,
    parent_path: str | Unset = UNSET,
) -> Response[Asset | Problem]:
    """Upload a file as an asset.

     The same kinds and the same size as for files of runs: the kind is guessed from the name alone, text
    is
    refused, 250 MiB at most. In accounts with private files the link in this answer can't be read; ask
    for the
    asset to get one that can.

    Args:
        parent_path (str | Unset):
        body (FileUpload): One file.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Asset | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        parent_path=parent_path,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: FileUpload,
    parent_path: str | Unset = UNSET,
) -> Asset | Problem | None:
    """Upload a file as an asset.

     The same kinds and the same size as for files of runs: the kind is guessed from the name alone, text
    is
    refused, 250 MiB at most. In accounts with private files the link in this answer can't be read; ask
    for the
    asset to get one that can.

    Args:
        parent_path (str | Unset):
        body (FileUpload): One file.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Asset | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
        parent_path=parent_path,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: FileUpload,
    parent_path: str | Unset = UNSET,
) -> Response[Asset | Problem]:
    """Upload a file as an asset.

     The same kinds and the same size as for files of runs: the kind is guessed from the name alone, text
    is
    refused, 250 MiB at most. In accounts with private files the link in this answer can't be read; ask
    for the
    asset to get one that can.

    Args:
        parent_path (str | Unset):
        body (FileUpload): One file.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Asset | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        parent_path=parent_path,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: FileUpload,
    parent_path: str | Unset = UNSET,
) -> Asset | Problem | None:
    """Upload a file as an asset.

     The same kinds and the same size as for files of runs: the kind is guessed from the name alone, text
    is
    refused, 250 MiB at most. In accounts with private files the link in this answer can't be read; ask
    for the
    asset to get one that can.

    Args:
        parent_path (str | Unset):
        body (FileUpload): One file.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Asset | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            parent_path=parent_path,
        )
    ).parsed
