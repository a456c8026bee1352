from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ... import errors
from ...models.problem import Problem
from ...models.run_page import RunPage
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client


def _get_kwargs(
    deployment_id: str,
    *,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    filter_user_runs: bool | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["limit"] = limit

    params["offset"] = offset

    params["filter_user_runs"] = filter_user_runs

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/deployment/{deployment_id}/runs".format(
            deployment_id=quote(str(deployment_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | RunPage | None:
    if response.status_code == 200:
        response_200 = RunPage.from_dict(response.json())

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
) -> Response[Problem | RunPage]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    deployment_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    filter_user_runs: bool | Unset = UNSET,
) -> Response[Problem | RunPage]:
    """The runs of a deployment.

     Newest first, in an object whose counts are always 0, so page until a short page. Runs that others
    made of a
    public share are not among them. A deployment that is unknown or another's answers 500.

    Args:
        deployment_id (str):
        limit (int | Unset):
        offset (int | Unset):
        filter_user_runs (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | RunPage]
    """

    kwargs = _get_kwargs(
        deployment_id=deployment_id,
        limit=limit,
        offset=offset,
        filter_user_runs=filter_user_runs,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    deployment_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    filter_user_runs: bool | Unset = UNSET,
) -> Problem | RunPage | None:
    """The runs of a deployment.

     Newest first, in an object whose counts are always 0, so page until a short page. Runs that others
    made of a
    public share are not among them. A deployment that is unknown or another's answers 500.

    Args:
        deployment_id (str):
        limit (int | Unset):
        offset (int | Unset):
        filter_user_runs (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | RunPage
    """

    return sync_detailed(
        deployment_id=deployment_id,
        client=client,
        limit=limit,
        offset=offset,
        filter_user_runs=filter_user_runs,
    ).parsed


async def asyncio_detailed(
    deployment_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    filter_user_runs: bool | Unset = UNSET,
) -> Response[Problem | RunPage]:
    """The runs of a deployment.

     Newest first, in an object whose counts are always 0, so page until a short page. Runs that others
    made of a
    public share are not among them. A deployment that is unknown or another's answers 500.

    Args:
        deployment_id (str):
        limit (int | Unset):
        offset (int | Unset):
        filter_user_runs (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | RunPage]
    """

    kwargs = _get_kwargs(
        deployment_id=deployment_id,
        limit=limit,
        offset=offset,
        filter_user_runs=filter_user_runs,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    deployment_id: str,
    *,
    client: AuthenticatedClient | Client,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    filter_user_runs: bool | Unset = UNSET,
) -> Problem | RunPage | None:
    """The runs of a deployment.

     Newest first, in an object whose counts are always 0, so page until a short page. Runs that others
    made of a
    public share are not among them. A deployment that is unknown or another's answers 500.

    Args:
        deployment_id (str):
        limit (int | Unset):
        offset (int | Unset):
        filter_user_runs (bool | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | RunPage
    """

    return (
        await asyncio_detailed(
            deployment_id=deployment_id,
            client=client,
            limit=limit,
            offset=offset,
            filter_user_runs=filter_user_runs,
        )
    ).parsed
