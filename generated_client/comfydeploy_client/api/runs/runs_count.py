from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ... import errors
from ...models.problem import Problem
from ...models.run_count import RunCount
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.gpu import GPU
    from ...models.run_origin import RunOrigin
    from ...models.run_status import RunStatus


def _get_kwargs(
    *,
    start_time: str | Unset = UNSET,
    end_time: str | Unset = UNSET,
    gpu: GPU | Unset = UNSET,
    status: RunStatus | Unset = UNSET,
    origin: RunOrigin | Unset = UNSET,
    workflow_id: str | Unset = UNSET,
    machine_id: str | Unset = UNSET,
    deployment_id: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["start_time"] = start_time

    params["end_time"] = end_time

    json_gpu: str | Unset = UNSET
    if not isinstance(gpu, Unset):
        json_gpu = gpu.value

    params["gpu"] = json_gpu

    json_status: str | Unset = UNSET
    if not isinstance(status, Unset):
        json_status = status.value

    params["status"] = json_status

    json_origin: str | Unset = UNSET
    if not isinstance(origin, Unset):
        json_origin = origin.value

    params["origin"] = json_origin

    params["workflow_id"] = workflow_id

    params["machine_id"] = machine_id

    params["deployment_id"] = deployment_id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/runs/count",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | RunCount | None:
    if response.status_code == 200:
        response_200 = RunCount.from_dict(response.json())

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
) -> Response[Problem | RunCount]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    start_time: str | Unset = UNSET,
    end_time: str | Unset = UNSET,
    gpu: GPU | Unset = UNSET,
    status: RunStatus | Unset = UNSET,
    origin: RunOrigin | Unset = UNSET,
    workflow_id: str | Unset = UNSET,
    machine_id: str | Unset = UNSET,
    deployment_id: str | Unset = UNSET,
) -> Response[Problem | RunCount]:
    """How many runs there are.

     Counts everybody's runs, not the key's own: the number is of little use without a workflow, machine
    or
    deployment. Today `gpu`, `status` and `origin` answer 500.

    Args:
        start_time (str | Unset):
        end_time (str | Unset):
        gpu (GPU | Unset): The graphics cards a run or a machine may ask for.
        status (RunStatus | Unset): What runs can be asked for by. Answers may bring others.
        origin (RunOrigin | Unset): Who started a run, as far as it can be asked for. Answers may
            bring others.
        workflow_id (str | Unset):
        machine_id (str | Unset):
        deployment_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | RunCount]
    """

    kwargs = _get_kwargs(
        start_time=start_time,
        end_time=end_time,
        gpu=gpu,
        status=status,
        origin=origin,
        workflow_id=workflow_id,
        machine_id=machine_id,
        deployment_id=deployment_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    start_time: str | Unset = UNSET,
    end_time: str | Unset = UNSET,
    gpu: GPU | Unset = UNSET,
    status: RunStatus | Unset = UNSET,
    origin: RunOrigin | Unset = UNSET,
    workflow_id: str | Unset = UNSET,
    machine_id: str | Unset = UNSET,
    deployment_id: str | Unset = UNSET,
) -> Problem | RunCount | None:
    """How many runs there are.

     Counts everybody's runs, not the key's own: the number is of little use without a workflow, machine
    or
    deployment. Today `gpu`, `status` and `origin` answer 500.

    Args:
        start_time (str | Unset):
        end_time (str | Unset):
        gpu (GPU | Unset): The graphics cards a run or a machine may ask for.
        status (RunStatus | Unset): What runs can be asked for by. Answers may bring others.
        origin (RunOrigin | Unset): Who started a run, as far as it can be asked for. Answers may
            bring others.
        workflow_id (str | Unset):
        machine_id (str | Unset):
        deployment_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | RunCount
    """

    return sync_detailed(
        client=client,
        start_time=start_time,
        end_time=end_time,
        gpu=gpu,
        status=status,
        origin=origin,
        workflow_id=workflow_id,
        machine_id=machine_id,
        deployment_id=deployment_id,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    start_time: str | Unset = UNSET,
    end_time: str | Unset = UNSET,
    gpu: GPU | Unset = UNSET,
    status: RunStatus | Unset = UNSET,
    origin: RunOrigin | Unset = UNSET,
    workflow_id: str | Unset = UNSET,
    machine_id: str | Unset = UNSET,
    deployment_id: str | Unset = UNSET,
) -> Response[Problem | RunCount]:
    """How many runs there are.

     Counts everybody's runs, not the key's own: the number is of little use without a workflow, machine
    or
    deployment. Today `gpu`, `status` and `origin` answer 500.

    Args:
        start_time (str | Unset):
        end_time (str | Unset):
        gpu (GPU | Unset): The graphics cards a run or a machine may ask for.
        status (RunStatus | Unset): What runs can be asked for by. Answers may bring others.
        origin (RunOrigin | Unset): Who started a run, as far as it can be asked for. Answers may
            bring others.
        workflow_id (str | Unset):
        machine_id (str | Unset):
        deployment_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | RunCount]
    """

    kwargs = _get_kwargs(
        start_time=start_time,
        end_time=end_time,
        gpu=gpu,
        status=status,
        origin=origin,
        workflow_id=workflow_id,
        machine_id=machine_id,
        deployment_id=deployment_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    start_time: str | Unset = UNSET,
    end_time: str | Unset = UNSET,
    gpu: GPU | Unset = UNSET,
    status: RunStatus | Unset = UNSET,
    origin: RunOrigin | Unset = UNSET,
    workflow_id: str | Unset = UNSET,
    machine_id: str | Unset = UNSET,
    deployment_id: str | Unset = UNSET,
) -> Problem | RunCount | None:
    """How many runs there are.

     Counts everybody's runs, not the key's own: the number is of little use without a workflow, machine
    or
    deployment. Today `gpu`, `status` and `origin` answer 500.

    Args:
        start_time (str | Unset):
        end_time (str | Unset):
        gpu (GPU | Unset): The graphics cards a run or a machine may ask for.
        status (RunStatus | Unset): What runs can be asked for by. Answers may bring others.
        origin (RunOrigin | Unset): Who started a run, as far as it can be asked for. Answers may
            bring others.
        workflow_id (str | Unset):
        machine_id (str | Unset):
        deployment_id (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | RunCount
    """

    return (
        await asyncio_detailed(
            client=client,
            start_time=start_time,
            end_time=end_time,
            gpu=gpu,
            status=status,
            origin=origin,
            workflow_id=workflow_id,
            machine_id=machine_id,
            deployment_id=deployment_id,
        )
    ).parsed
