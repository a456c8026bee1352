from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ... import errors
from ...models.output_share import OutputShare
from ...models.problem import Problem
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.share_kind import ShareKind
    from ...models.share_visibility import ShareVisibility


def _get_kwargs(
    *,
    output_type: ShareKind | Unset = UNSET,
    visibility: ShareVisibility | Unset = UNSET,
    deployment_id: str | Unset = UNSET,
    include_public: bool | Unset = UNSET,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_output_type: str | Unset = UNSET
    if not isinstance(output_type, Unset):
        json_output_type = output_type.value

    params["output_type"] = json_output_type

    json_visibility: str | Unset = UNSET
    if not isinstance(visibility, Unset):
        json_visibility = visibility.value

    params["visibility"] = json_visibility

    params["deployment_id"] = deployment_id

    params["include_public"] = include_public

    params["limit"] = limit

    params["offset"] = offset

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/share/output",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | list[OutputShare] | None:
    if response.status_code == 200:
        response_200 = []
        _response_200 = response.json()
        for response_200_item_data in _response_200:
            response_200_item = OutputShare.from_dict(response_200_item_data)

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
) -> Response[Problem | list[OutputShare]]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    output_type: ShareKind | Unset = UNSET,
    visibility: ShareVisibility | Unset = UNSET,
    deployment_id: str | Unset = UNSET,
    include_public: bool | Unset = UNSET,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> Response[Problem | list[OutputShare]]:
    """The shared outputs that the key's user may see.

     The user's own private and link shares, and everybody's public ones. Newest first. The user's own
    public ones
    come only among everybody's.

    Args:
        output_type (ShareKind | Unset): What kind of thing a shared output is.
        visibility (ShareVisibility | Unset): Who may see a shared output.
        deployment_id (str | Unset):
        include_public (bool | Unset):
        limit (int | Unset):
        offset (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | list[OutputShare]]
    """

    kwargs = _get_kwargs(
        output_type=output_type,
        visibility=visibility,
        deployment_id=deployment_id,
        include_public=include_public,
        limit=limit,
        offset=offset,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    output_type: ShareKind | Unset = UNSET,
    visibility: ShareVisibility | Unset = UNSET,
    deployment_id: str | Unset = UNSET,
    include_public: bool | Unset = UNSET,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> Problem | list[OutputShare] | None:
    """The shared outputs that the key's user may see.

     The user's own private and link shares, and everybody's public ones. Newest first. The user's own
    public ones
    come only among everybody's.

    Args:
        output_type (ShareKind | Unset): What kind of thing a shared output is.
        visibility (ShareVisibility | Unset): Who may see a shared output.
        deployment_id (str | Unset):
        include_public (bool | Unset):
        limit (int | Unset):
        offset (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | list[OutputShare]
    """

    return sync_detailed(
        client=client,
        output_type=output_type,
        visibility=visibility,
        deployment_id=deployment_id,
        include_public=include_public,
        limit=limit,
        offset=offset,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    output_type: ShareKind | Unset = UNSET,
    visibility: ShareVisibility | Unset = UNSET,
    deployment_id: str | Unset = UNSET,
    include_public: bool | Unset = UNSET,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> Response[Problem | list[OutputShare]]:
    """The shared outputs that the key's user may see.

     The user's own private and link shares, and everybody's public ones. Newest first. The user's own
    public ones
    come only among everybody's.

    Args:
        output_type (ShareKind | Unset): What kind of thing a shared output is.
        visibility (ShareVisibility | Unset): Who may see a shared output.
        deployment_id (str | Unset):
        include_public (bool | Unset):
        limit (int | Unset):
        offset (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | list[OutputShare]]
    """

    kwargs = _get_kwargs(
        output_type=output_type,
        visibility=visibility,
        deployment_id=deployment_id,
        include_public=include_public,
        limit=limit,
        offset=offset,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    output_type: ShareKind | Unset = UNSET,
    visibility: ShareVisibility | Unset = UNSET,
    deployment_id: str | Unset = UNSET,
    include_public: bool | Unset = UNSET,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> Problem | list[OutputShare] | None:
    """The shared outputs that the key's user may see.

     The user's own private and link shares, and everybody's public ones. Newest first. The user's own
    public ones
    come only among everybody's.

    Args:
        output_type (ShareKind | Unset): What kind of thing a shared output is.
        visibility (ShareVisibility | Unset): Who may see a shared output.
        deployment_id (str | Unset):
        include_public (bool | Unset):
        limit (int | Unset):
        offset (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | list[OutputShare]
    """

    return (
        await asyncio_detailed(
            client=client,
            output_type=output_type,
            visibility=visibility,
            deployment_id=deployment_id,
            include_public=include_public,
            limit=limit,
            offset=offset,
        )
    ).parsed
