from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ... import errors
from ...models.problem import Problem
from ...models.workflow_export import WorkflowExport
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def _get_kwargs(
    share_slug: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/shared-workflows/{share_slug}/download".format(
            share_slug=quote(str(share_slug), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | WorkflowExport | None:
    if response.status_code == 200:
        response_200 = WorkflowExport.from_dict(response.json())

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

    if response.status_code == 500:
        response_500 = Problem.from_dict(response.json())

        return response_500

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Problem | WorkflowExport]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    share_slug: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Problem | WorkflowExport]:
    """The graph of a published workflow as a file.

     As exported when it was published. Each call counts as a download. Works without a key.

    Args:
        share_slug (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | WorkflowExport]
    """

    kwargs = _get_kwargs(
        share_slug=share_slug,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    share_slug: str,
    *,
    client: AuthenticatedClient | Client,
) -> Problem | WorkflowExport | None:
    """The graph of a published workflow as a file.

     As exported when it was published. Each call counts as a download. Works without a key.

    Args:
        share_slug (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | WorkflowExport
    """

    return sync_detailed(
        share_slug=share_slug,
        client=client,
    ).parsed


async def asyncio_detailed(
    share_slug: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Problem | WorkflowExport]:
    """The graph of a published workflow as a file.

     As exported when it was published. Each call counts as a download. Works without a key.

    Args:
        share_slug (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | WorkflowExport]
    """

    kwargs = _get_kwargs(
        share_slug=share_slug,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    share_slug: str,
    *,
    client: AuthenticatedClient | Client,
) -> Problem | WorkflowExport | None:
    """The graph of a published workflow as a file.

     As exported when it was published. Each call counts as a download. Works without a key.

    Args:
        share_slug (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | WorkflowExport
    """

    return (
        await asyncio_detailed(
            share_slug=share_slug,
            client=client,
        )
    ).parsed
