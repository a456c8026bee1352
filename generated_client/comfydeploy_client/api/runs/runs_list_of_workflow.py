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
    workflow_id: str,
    *,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    with_outputs: bool | Unset = UNSET,
    with_inputs: bool | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["limit"] = limit

    params["offset"] = offset

    params["with_outputs"] = with_outputs

    params["with_inputs"] = with_inputs

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/workflow/{workflow_id}/runs".format(
            workflow_id=quote(str(workflow_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | list[Run] | None:
    if response.status_code == 200:
        response_200 = []
        _response_200 = response.json()
        for response_200_item_data in _response_200:
            response_200_item = Run.from_dict(response_200_item_data)

            response_200.append(response_200_item)

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
) -> Response[Problem | list[Run]]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    workflow_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    with_outputs: bool | Unset = UNSET,
    with_inputs: bool | Unset = UNSET,
) -> Response[Problem | list[Run]]:
    """The runs of a workflow, whole.

     Newest first. Each brings its workflow and its version with their graphs, so pages are heavy.
    Outputs come as
    they were stored, errors and timings among them; durations come as text. No runs, or an unknown
    workflow,
    answer an empty array; an id that is no UUID answers 500 in plain text.

    Args:
        workflow_id (str):
        limit (int | Unset):
        offset (int | Unset):
        with_outputs (bool | Unset):
        with_inputs (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | list[Run]]
    """

    kwargs = _get_kwargs(
        workflow_id=workflow_id,
        limit=limit,
        offset=offset,
        with_outputs=with_outputs,
        with_inputs=with_inputs,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    workflow_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    with_outputs: bool | Unset = UNSET,
    with_inputs: bool | Unset = UNSET,
) -> Problem | list[Run] | None:
    """The runs of a workflow, whole.

     Newest first. Each brings its workflow and its version with their graphs, so pages are heavy.
    Outputs come as
    they were stored, errors and timings among them; durations come as text. No runs, or an unknown
    workflow,
    answer an empty array; an id that is no UUID answers 500 in plain text.

    Args:
        workflow_id (str):
        limit (int | Unset):
        offset (int | Unset):
        with_outputs (bool | Unset):
        with_inputs (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | list[Run]
    """

    return sync_detailed(
        workflow_id=workflow_id,
        client=client,
        limit=limit,
        offset=offset,
        with_outputs=with_outputs,
        with_inputs=with_inputs,
    ).parsed


async def asyncio_detailed(
    workflow_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    with_outputs: bool | Unset = UNSET,
    with_inputs: bool | Unset = UNSET,
) -> Response[Problem | list[Run]]:
    """The runs of a workflow, whole.

     Newest first. Each brings its workflow and its version with their graphs, so pages are heavy.
    Outputs come as
    they were stored, errors and timings among them; durations come as text. No runs, or an unknown
    workflow,
    answer an empty array; an id that is no UUID answers 500 in plain text.

    Args:
        workflow_id (str):
        limit (int | Unset):
        offset (int | Unset):
        with_outputs (bool | Unset):
        with_inputs (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | list[Run]]
    """

    kwargs = _get_kwargs(
        workflow_id=workflow_id,
        limit=limit,
        offset=offset,
        with_outputs=with_outputs,
        with_inputs=with_inputs,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    workflow_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    with_outputs: bool | Unset = UNSET,
    with_inputs: bool | Unset = UNSET,
) -> Problem | list[Run] | None:
    """The runs of a workflow, whole.

     Newest first. Each brings its workflow and its version with their graphs, so pages are heavy.
    Outputs come as
    they were stored, errors and timings among them; durations come as text. No runs, or an unknown
    workflow,
    answer an empty array; an id that is no UUID answers 500 in plain text.

    Args:
        workflow_id (str):
        limit (int | Unset):
        offset (int | Unset):
        with_outputs (bool | Unset):
        with_inputs (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | list[Run]
    """

    return (
        await asyncio_detailed(
            workflow_id=workflow_id,
            client=client,
            limit=limit,
            offset=offset,
            with_outputs=with_outputs,
            with_inputs=with_inputs,
        )
    ).parsed
