from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ... import errors
from ...models.problem import Problem
from ...models.session_created import SessionCreated
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.session_create import SessionCreate


def _get_kwargs(
    *,
    body: SessionCreate,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/session",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | SessionCreated | None:
    if response.status_code == 200:
        response_200 = SessionCreated.from_dict(response.json())

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
) -> Response[Problem | SessionCreated]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: SessionCreate,
) -> Response[Problem | SessionCreated]:
    """Start ComfyUI on a serverless machine, to work in it.

     Takes up to ten seconds; the address of ComfyUI comes only when waited for, else with sessions_get.
    There is no
    idempotency key: each call that arrives is a session to pay. A machine of another type, a sixth
    session on the
    machine and the limits of a free plan answer 400, too little credit 403.

    Args:
        body (SessionCreate): Which machine to start, and for how long.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SessionCreated]
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
    body: SessionCreate,
) -> Problem | SessionCreated | None:
    """Start ComfyUI on a serverless machine, to work in it.

     Takes up to ten seconds; the address of ComfyUI comes only when waited for, else with sessions_get.
    There is no
    idempotency key: each call that arrives is a session to pay. A machine of another type, a sixth
    session on the
    machine and the limits of a free plan answer 400, too little credit 403.

    Args:
        body (SessionCreate): Which machine to start, and for how long.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SessionCreated
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: SessionCreate,
) -> Response[Problem | SessionCreated]:
    """Start ComfyUI on a serverless machine, to work in it.

     Takes up to ten seconds; the address of ComfyUI comes only when waited for, else with sessions_get.
    There is no
    idempotency key: each call that arrives is a session to pay. A machine of another type, a sixth
    session on the
    machine and the limits of a free plan answer 400, too little credit 403.

    Args:
        body (SessionCreate): Which machine to start, and for how long.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SessionCreated]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: SessionCreate,
) -> Problem | SessionCreated | None:
    """Start ComfyUI on a serverless machine, to work in it.

     Takes up to ten seconds; the address of ComfyUI comes only when waited for, else with sessions_get.
    There is no
    idempotency key: each call that arrives is a session to pay. A machine of another type, a sixth
    session on the
    machine and the limits of a free plan answer 400, too little credit 403.

    Args:
        body (SessionCreate): Which machine to start, and for how long.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SessionCreated
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
