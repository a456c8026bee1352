from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ... import errors
from ...models.problem import Problem
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def _get_kwargs(
    *,
    run_id: str | Unset = UNSET,
    machine_id_version: str | Unset = UNSET,
    session_id: str | Unset = UNSET,
    log_level: str | Unset = UNSET,
    client_id: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["run_id"] = run_id

    params["machine_id_version"] = machine_id_version

    params["session_id"] = session_id

    params["log_level"] = log_level

    params["client_id"] = client_id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v2/stream-logs",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | str | None:
    if response.status_code == 200:
        response_200 = response.text
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
) -> Response[Problem | str]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    run_id: str | Unset = UNSET,
    machine_id_version: str | Unset = UNSET,
    session_id: str | Unset = UNSET,
    log_level: str | Unset = UNSET,
    client_id: str | Unset = UNSET,
) -> Response[Problem | str]:
    """Follow the logs of a run, a machine's build or a session.

     Server-sent events whose data is JSON with `message`, `level` and `timestamp`, from the first line
    on; the
    last one has `type` stream_complete. No heartbeat: a run without logs sends nothing until it ends.
    Stray
    messages `__END__` occur; deliveries of webhooks come with the level webhook. Give one of the three
    ids.

    Args:
        run_id (str | Unset):
        machine_id_version (str | Unset):
        session_id (str | Unset):
        log_level (str | Unset):
        client_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | str]
    """

    kwargs = _get_kwargs(
        run_id=run_id,
        machine_id_version=machine_id_version,
        session_id=session_id,
        log_level=log_level,
        client_id=client_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    run_id: str | Unset = UNSET,
    machine_id_version: str | Unset = UNSET,
    session_id: str | Unset = UNSET,
    log_level: str | Unset = UNSET,
    client_id: str | Unset = UNSET,
) -> Problem | str | None:
    """Follow the logs of a run, a machine's build or a session.

     Server-sent events whose data is JSON with `message`, `level` and `timestamp`, from the first line
    on; the
    last one has `type` stream_complete. No heartbeat: a run without logs sends nothing until it ends.
    Stray
    messages `__END__` occur; deliveries of webhooks come with the level webhook. Give one of the three
    ids.

    Args:
        run_id (str | Unset):
        machine_id_version (str | Unset):
        session_id (str | Unset):
        log_level (str | Unset):
        client_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | str
    """

    return sync_detailed(
        client=client,
        run_id=run_id,
        machine_id_version=machine_id_version,
        session_id=session_id,
        log_level=log_level,
        client_id=client_id,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    run_id: str | Unset = UNSET,
    machine_id_version: str | Unset = UNSET,
    session_id: str | Unset = UNSET,
    log_level: str | Unset = UNSET,
    client_id: str | Unset = UNSET,
) -> Response[Problem | str]:
    """Follow the logs of a run, a machine's build or a session.

     Server-sent events whose data is JSON with `message`, `level` and `timestamp`, from the first line
    on; the
    last one has `type` stream_complete. No heartbeat: a run without logs sends nothing until it ends.
    Stray
    messages `__END__` occur; deliveries of webhooks come with the level webhook. Give one of the three
    ids.

    Args:
        run_id (str | Unset):
        machine_id_version (str | Unset):
        session_id (str | Unset):
        log_level (str | Unset):
        client_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | str]
    """

    kwargs = _get_kwargs(
        run_id=run_id,
        machine_id_version=machine_id_version,
        session_id=session_id,
        log_level=log_level,
        client_id=client_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    run_id: str | Unset = UNSET,
    machine_id_version: str | Unset = UNSET,
    session_id: str | Unset = UNSET,
    log_level: str | Unset = UNSET,
    client_id: str | Unset = UNSET,
) -> Problem | str | None:
    """Follow the logs of a run, a machine's build or a session.

     Server-sent events whose data is JSON with `message`, `level` and `timestamp`, from the first line
    on; the
    last one has `type` stream_complete. No heartbeat: a run without logs sends nothing until it ends.
    Stray
    messages `__END__` occur; deliveries of webhooks come with the level webhook. Give one of the three
    ids.

    Args:
        run_id (str | Unset):
        machine_id_version (str | Unset):
        session_id (str | Unset):
        log_level (str | Unset):
        client_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | str
    """

    return (
        await asyncio_detailed(
            client=client,
            run_id=run_id,
            machine_id_version=machine_id_version,
            session_id=session_id,
            log_level=log_level,
            client_id=client_id,
        )
    ).parsed
