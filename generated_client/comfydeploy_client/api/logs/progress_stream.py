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
    workflow_id: str | Unset = UNSET,
    machine_id: str | Unset = UNSET,
    return_run: bool | Unset = UNSET,
    status: str | Unset = UNSET,
    deployment_id: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["run_id"] = run_id

    params["workflow_id"] = workflow_id

    params["machine_id"] = machine_id

    params["return_run"] = return_run

    params["status"] = status

    params["deployment_id"] = deployment_id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v2/stream-progress",
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
    workflow_id: str | Unset = UNSET,
    machine_id: str | Unset = UNSET,
    return_run: bool | Unset = UNSET,
    status: str | Unset = UNSET,
    deployment_id: str | Unset = UNSET,
) -> Response[Problem | str]:
    """Follow the changes of runs.

     Server-sent events with JSON data: first `connection_established` and `subscribed`, then one for
    each change,
    its `progress` always -1 or 0. Nothing of what was before is told. With a run all runs of the
    account come
    through, and the end of any of them ends the stream; for a run that has ended it stays open, silent.
    Give exactly one of run, workflow and machine, else 400.

    Args:
        run_id (str | Unset):
        workflow_id (str | Unset):
        machine_id (str | Unset):
        return_run (bool | Unset):
        status (str | Unset):
        deployment_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | str]
    """

    kwargs = _get_kwargs(
        run_id=run_id,
        workflow_id=workflow_id,
        machine_id=machine_id,
        return_run=return_run,
        status=status,
        deployment_id=deployment_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    run_id: str | Unset = UNSET,
    workflow_id: str | Unset = UNSET,
    machine_id: str | Unset = UNSET,
    return_run: bool | Unset = UNSET,
    status: str | Unset = UNSET,
    deployment_id: str | Unset = UNSET,
) -> Problem | str | None:
    """Follow the changes of runs.

     Server-sent events with JSON data: first `connection_established` and `subscribed`, then one for
    each change,
    its `progress` always -1 or 0. Nothing of what was before is told. With a run all runs of the
    account come
    through, and the end of any of them ends the stream; for a run that has ended it stays open, silent.
    Give exactly one of run, workflow and machine, else 400.

    Args:
        run_id (str | Unset):
        workflow_id (str | Unset):
        machine_id (str | Unset):
        return_run (bool | Unset):
        status (str | Unset):
        deployment_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | str
    """

    return sync_detailed(
        client=client,
        run_id=run_id,
        workflow_id=workflow_id,
        machine_id=machine_id,
        return_run=return_run,
        status=status,
        deployment_id=deployment_id,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    run_id: str | Unset = UNSET,
    workflow_id: str | Unset = UNSET,
    machine_id: str | Unset = UNSET,
    return_run: bool | Unset = UNSET,
    status: str | Unset = UNSET,
    deployment_id: str | Unset = UNSET,
) -> Response[Problem | str]:
    """Follow the changes of runs.

     Server-sent events with JSON data: first `connection_established` and `subscribed`, then one for
    each change,
    its `progress` always -1 or 0. Nothing of what was before is told. With a run all runs of the
    account come
    through, and the end of any of them ends the stream; for a run that has ended it stays open, silent.
    Give exactly one of run, workflow and machine, else 400.

    Args:
        run_id (str | Unset):
        workflow_id (str | Unset):
        machine_id (str | Unset):
        return_run (bool | Unset):
        status (str | Unset):
        deployment_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | str]
    """

    kwargs = _get_kwargs(
        run_id=run_id,
        workflow_id=workflow_id,
        machine_id=machine_id,
        return_run=return_run,
        status=status,
        deployment_id=deployment_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    run_id: str | Unset = UNSET,
    workflow_id: str | Unset = UNSET,
    machine_id: str | Unset = UNSET,
    return_run: bool | Unset = UNSET,
    status: str | Unset = UNSET,
    deployment_id: str | Unset = UNSET,
) -> Problem | str | None:
    """Follow the changes of runs.

     Server-sent events with JSON data: first `connection_established` and `subscribed`, then one for
    each change,
    its `progress` always -1 or 0. Nothing of what was before is told. With a run all runs of the
    account come
    through, and the end of any of them ends the stream; for a run that has ended it stays open, silent.
    Give exactly one of run, workflow and machine, else 400.

    Args:
        run_id (str | Unset):
        workflow_id (str | Unset):
        machine_id (str | Unset):
        return_run (bool | Unset):
        status (str | Unset):
        deployment_id (str | Unset):

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
            workflow_id=workflow_id,
            machine_id=machine_id,
            return_run=return_run,
            status=status,
            deployment_id=deployment_id,
        )
    ).parsed
