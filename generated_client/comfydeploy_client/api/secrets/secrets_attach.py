from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ... import errors
from ...models.problem import Problem
from ...models.secret_attached import SecretAttached
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.secret_attach import SecretAttach


def _get_kwargs(
    *,
    body: SecretAttach,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "patch",
        "url": "/machine/secret",
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | SecretAttached | None:
    if response.status_code == 200:
        response_200 = SecretAttached.from_dict(response.json())

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
) -> Response[Problem | SecretAttached]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: SecretAttach,
) -> Response[Problem | SecretAttached]:
    """Attach a secret to a machine, or detach it.

     A switch: an attached secret is detached, any other attached, and the answer says which. So a
    repeated call
    undoes the first. It holds from the machine's next build.

    Args:
        body (SecretAttach): Which secret to switch on which machine.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SecretAttached]
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
    body: SecretAttach,
) -> Problem | SecretAttached | None:
    """Attach a secret to a machine, or detach it.

     A switch: an attached secret is detached, any other attached, and the answer says which. So a
    repeated call
    undoes the first. It holds from the machine's next build.

    Args:
        body (SecretAttach): Which secret to switch on which machine.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SecretAttached
    """

    return sync_detailed(
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: SecretAttach,
) -> Response[Problem | SecretAttached]:
    """Attach a secret to a machine, or detach it.

     A switch: an attached secret is detached, any other attached, and the answer says which. So a
    repeated call
    undoes the first. It holds from the machine's next build.

    Args:
        body (SecretAttach): Which secret to switch on which machine.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SecretAttached]
    """

    kwargs = _get_kwargs(
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: SecretAttach,
) -> Problem | SecretAttached | None:
    """Attach a secret to a machine, or detach it.

     A switch: an attached secret is detached, any other attached, and the answer says which. So a
    repeated call
    undoes the first. It holds from the machine's next build.

    Args:
        body (SecretAttach): Which secret to switch on which machine.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SecretAttached
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
        )
    ).parsed
