from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ... import errors
from ...models.problem import Problem
from ...models.shared_deployment import SharedDeployment
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def _get_kwargs(
    username: str,
    slug: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/share/{username}/{slug}".format(
            username=quote(str(username), safe=""),
            slug=quote(str(slug), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | SharedDeployment | None:
    if response.status_code == 200:
        response_200 = SharedDeployment.from_dict(response.json())

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
) -> Response[Problem | SharedDeployment]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    username: str,
    slug: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Problem | SharedDeployment]:
    """One shared deployment, by its address.

     The two halves of a `share_slug`, which has an underscore between them. Works without a key, but not
    for a
    private share, where a foreign key answers 401 as well.

    Args:
        username (str):
        slug (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SharedDeployment]
    """

    kwargs = _get_kwargs(
        username=username,
        slug=slug,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    username: str,
    slug: str,
    *,
    client: AuthenticatedClient | Client,
) -> Problem | SharedDeployment | None:
    """One shared deployment, by its address.

     The two halves of a `share_slug`, which has an underscore between them. Works without a key, but not
    for a
    private share, where a foreign key answers 401 as well.

    Args:
        username (str):
        slug (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SharedDeployment
    """

    return sync_detailed(
        username=username,
        slug=slug,
        client=client,
    ).parsed


async def asyncio_detailed(
    username: str,
    slug: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Problem | SharedDeployment]:
    """One shared deployment, by its address.

     The two halves of a `share_slug`, which has an underscore between them. Works without a key, but not
    for a
    private share, where a foreign key answers 401 as well.

    Args:
        username (str):
        slug (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SharedDeployment]
    """

    kwargs = _get_kwargs(
        username=username,
        slug=slug,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    username: str,
    slug: str,
    *,
    client: AuthenticatedClient | Client,
) -> Problem | SharedDeployment | None:
    """One shared deployment, by its address.

     The two halves of a `share_slug`, which has an underscore between them. Works without a key, but not
    for a
    private share, where a foreign key answers 401 as well.

    Args:
        username (str):
        slug (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SharedDeployment
    """

    return (
        await asyncio_detailed(
            username=username,
            slug=slug,
            client=client,
        )
    ).parsed
