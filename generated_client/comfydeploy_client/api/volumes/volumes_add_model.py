from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ... import errors
from ...models.download_started import DownloadStarted
from ...models.problem import Problem
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.volume_model_add import VolumeModelAdd


def _get_kwargs(
    *,
    body: VolumeModelAdd,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/volume/model",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> DownloadStarted | Problem | None:
    if response.status_code == 200:
        response_200 = DownloadStarted.from_dict(response.json())

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

    if response.status_code == 409:
        response_409 = Problem.from_dict(response.json())

        return response_409

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
) -> Response[DownloadStarted | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: VolumeModelAdd,
) -> Response[DownloadStarted | Problem]:
    """Download a model to the volume.

     Answers when the download has begun; follow it in the list of downloads. A file that is there
    already answers
    409, what `source` needs and lacks 400. Civitai's own status is passed on when it does not know the
    model.

    Args:
        body (VolumeModelAdd): A model to download. Which other field is needed depends on
            `source`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[DownloadStarted | Problem]
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
    body: VolumeModelAdd,
) -> DownloadStarted | Problem | None:
    """Download a model to the volume.

     Answers when the download has begun; follow it in the list of downloads. A file that is there
    already answers
    409, what `source` needs and lacks 400. Civitai's own status is passed on when it does not know the
    model.

    Args:
        body (VolumeModelAdd): A model to download. Which other field is needed depends on
            `source`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        DownloadStarted | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: VolumeModelAdd,
) -> Response[DownloadStarted | Problem]:
    """Download a model to the volume.

     Answers when the download has begun; follow it in the list of downloads. A file that is there
    already answers
    409, what `source` needs and lacks 400. Civitai's own status is passed on when it does not know the
    model.

    Args:
        body (VolumeModelAdd): A model to download. Which other field is needed depends on
            `source`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[DownloadStarted | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: VolumeModelAdd,
) -> DownloadStarted | Problem | None:
    """Download a model to the volume.

     Answers when the download has begun; follow it in the list of downloads. A file that is there
    already answers
    409, what `source` needs and lacks 400. Civitai's own status is passed on when it does not know the
    model.

    Args:
        body (VolumeModelAdd): A model to download. Which other field is needed depends on
            `source`.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        DownloadStarted | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
