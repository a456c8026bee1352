from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ... import errors
from ...models.problem import Problem
from ...models.run import Run
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def _get_kwargs(
    run_id: str,
    *,
    queue_position: bool | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["queue_position"] = queue_position

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/run/{run_id}".format(
            run_id=quote(str(run_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | Run | None:
    if response.status_code == 200:
        response_200 = Run.from_dict(response.json())

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
) -> Response[Problem | Run]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    run_id: str,
    *,
    client: AuthenticatedClient | Client,
    queue_position: bool | Unset = UNSET,
) -> Response[Problem | Run]:
    """One run with its outputs.

     Ends are success, failed, timeout and cancelled; any other status, also one not known yet, is alive.
    Outputs
    and progress may still change after the end. Nothing here says why a run failed: an output that is
    no list by
    kind, and so every error, is left out.

    Args:
        run_id (str):
        queue_position (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Run]
    """

    kwargs = _get_kwargs(
        run_id=run_id,
        queue_position=queue_position,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    run_id: str,
    *,
    client: AuthenticatedClient | Client,
    queue_position: bool | Unset = UNSET,
) -> Problem | Run | None:
    """One run with its outputs.

     Ends are success, failed, timeout and cancelled; any other status, also one not known yet, is alive.
    Outputs
    and progress may still change after the end. Nothing here says why a run failed: an output that is
    no list by
    kind, and so every error, is left out.

    Args:
        run_id (str):
        queue_position (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Run
    """

    return sync_detailed(
        run_id=run_id,
        client=client,
        queue_position=queue_position,
    ).parsed


async def asyncio_detailed(
    run_id: str,
    *,
    client: AuthenticatedClient | Client,
    queue_position: bool | Unset = UNSET,
) -> Response[Problem | Run]:
    """One run with its outputs.

     Ends are success, failed, timeout and cancelled; any other status, also one not known yet, is alive.
    Outputs
    and progress may still change after the end. Nothing here says why a run failed: an output that is
    no list by
    kind, and so every error, is left out.

    Args:
        run_id (str):
        queue_position (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | Run]
    """

    kwargs = _get_kwargs(
        run_id=run_id,
        queue_position=queue_position,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    run_id: str,
    *,
    client: AuthenticatedClient | Client,
    queue_position: bool | Unset = UNSET,
) -> Problem | Run | None:
    """One run with its outputs.

     Ends are success, failed, timeout and cancelled; any other status, also one not known yet, is alive.
    Outputs
    and progress may still change after the end. Nothing here says why a run failed: an output that is
    no list by
    kind, and so every error, is left out.

    Args:
        run_id (str):
        queue_position (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | Run
    """

    return (
        await asyncio_detailed(
            run_id=run_id,
            client=client,
            queue_position=queue_position,
        )
    ).parsed
