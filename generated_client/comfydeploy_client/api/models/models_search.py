from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ... import errors
from ...models.model_search import ModelSearch
from ...models.problem import Problem
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def _get_kwargs(
    *,
    query: str,
    provider: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["query"] = query

    params["provider"] = provider

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/search/model",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ModelSearch | Problem | None:
    if response.status_code == 200:
        response_200 = ModelSearch.from_dict(response.json())

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
) -> Response[ModelSearch | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    query: str,
    provider: str | Unset = UNSET,
) -> Response[ModelSearch | Problem]:
    """Search for models to download.

     Asks Civitai, Hugging Face and the list of ComfyUI's manager; when one of them fails, all answers
    500 in plain
    text. A provider that is not known finds nothing.

    Args:
        query (str):
        provider (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ModelSearch | Problem]
    """

    kwargs = _get_kwargs(
        query=query,
        provider=provider,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    query: str,
    provider: str | Unset = UNSET,
) -> ModelSearch | Problem | None:
    """Search for models to download.

     Asks Civitai, Hugging Face and the list of ComfyUI's manager; when one of them fails, all answers
    500 in plain
    text. A provider that is not known finds nothing.

    Args:
        query (str):
        provider (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ModelSearch | Problem
    """

    return sync_detailed(
        client=client,
        query=query,
        provider=provider,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    query: str,
    provider: str | Unset = UNSET,
) -> Response[ModelSearch | Problem]:
    """Search for models to download.

     Asks Civitai, Hugging Face and the list of ComfyUI's manager; when one of them fails, all answers
    500 in plain
    text. A provider that is not known finds nothing.

    Args:
        query (str):
        provider (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ModelSearch | Problem]
    """

    kwargs = _get_kwargs(
        query=query,
        provider=provider,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    query: str,
    provider: str | Unset = UNSET,
) -> ModelSearch | Problem | None:
    """Search for models to download.

     Asks Civitai, Hugging Face and the list of ComfyUI's manager; when one of them fails, all answers
    500 in plain
    text. A provider that is not known finds nothing.

    Args:
        query (str):
        provider (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ModelSearch | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            query=query,
            provider=provider,
        )
    ).parsed
