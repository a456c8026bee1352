from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ... import errors
from ...models.problem import Problem
from ...models.session_deleted import SessionDeleted
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def _get_kwargs(
    session_id: str,
    *,
    wait_for_shutdown: bool | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["wait_for_shutdown"] = wait_for_shutdown

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/session/{session_id}".format(
            session_id=quote(str(session_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | SessionDeleted | None:
    if response.status_code == 200:
        response_200 = SessionDeleted.from_dict(response.json())

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
) -> Response[Problem | SessionDeleted]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait_for_shutdown: bool | Unset = UNSET,
) -> Response[Problem | SessionDeleted]:
    """End a session.

     A session whose container is not yet known is ended too, but answers 400. A session that has ended
    is not
    found.

    Args:
        session_id (str):
        wait_for_shutdown (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SessionDeleted]
    """

    kwargs = _get_kwargs(
        session_id=session_id,
        wait_for_shutdown=wait_for_shutdown,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait_for_shutdown: bool | Unset = UNSET,
) -> Problem | SessionDeleted | None:
    """End a session.

     A session whose container is not yet known is ended too, but answers 400. A session that has ended
    is not
    found.

    Args:
        session_id (str):
        wait_for_shutdown (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SessionDeleted
    """

    return sync_detailed(
        session_id=session_id,
        client=client,
        wait_for_shutdown=wait_for_shutdown,
    ).parsed


async def asyncio_detailed(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait_for_shutdown: bool | Unset = UNSET,
) -> Response[Problem | SessionDeleted]:
    """End a session.

     A session whose container is not yet known is ended too, but answers 400. A session that has ended
    is not
    found.

    Args:
        session_id (str):
        wait_for_shutdown (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SessionDeleted]
    """

    kwargs = _get_kwargs(
        session_id=session_id,
        wait_for_shutdown=wait_for_shutdown,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    session_id: str,
    *,
    client: AuthenticatedClient | Client,
    wait_for_shutdown: bool | Unset = UNSET,
) -> Problem | SessionDeleted | None:
    """End a session.

     A session whose container is not yet known is ended too, but answers 400. A session that has ended
    is not
    found.

    Args:
        session_id (str):
        wait_for_shutdown (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SessionDeleted
    """

    return (
        await asyncio_detailed(
            session_id=session_id,
            client=client,
            wait_for_shutdown=wait_for_shutdown,
        )
    ).parsed
