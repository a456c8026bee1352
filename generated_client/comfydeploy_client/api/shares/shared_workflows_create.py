from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ... import errors
from ...models.problem import Problem
from ...models.shared_workflow import SharedWorkflow
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.shared_workflow_create import SharedWorkflowCreate


def _get_kwargs(
    workflow_id: str,
    *,
    body: SharedWorkflowCreate,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/workflow/{workflow_id}/share".format(
            workflow_id=quote(str(workflow_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | SharedWorkflow | None:
    if response.status_code == 200:
        response_200 = SharedWorkflow.from_dict(response.json())

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
) -> Response[Problem | SharedWorkflow]:
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
    body: SharedWorkflowCreate,
) -> Response[Problem | SharedWorkflow]:
    """Publish a workflow, or publish it anew.

     Everybody can then read the graph as it is exported now. Publishing again changes the share and
    keeps its
    slug. An unknown workflow, and one that can't be exported, answers 500. Plans without it answer 403.

    Args:
        workflow_id (str):
        body (SharedWorkflowCreate): How to publish a workflow.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SharedWorkflow]
    """

    kwargs = _get_kwargs(
        workflow_id=workflow_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    workflow_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SharedWorkflowCreate,
) -> Problem | SharedWorkflow | None:
    """Publish a workflow, or publish it anew.

     Everybody can then read the graph as it is exported now. Publishing again changes the share and
    keeps its
    slug. An unknown workflow, and one that can't be exported, answers 500. Plans without it answer 403.

    Args:
        workflow_id (str):
        body (SharedWorkflowCreate): How to publish a workflow.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SharedWorkflow
    """

    return sync_detailed(
        workflow_id=workflow_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    workflow_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SharedWorkflowCreate,
) -> Response[Problem | SharedWorkflow]:
    """Publish a workflow, or publish it anew.

     Everybody can then read the graph as it is exported now. Publishing again changes the share and
    keeps its
    slug. An unknown workflow, and one that can't be exported, answers 500. Plans without it answer 403.

    Args:
        workflow_id (str):
        body (SharedWorkflowCreate): How to publish a workflow.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | SharedWorkflow]
    """

    kwargs = _get_kwargs(
        workflow_id=workflow_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    workflow_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: SharedWorkflowCreate,
) -> Problem | SharedWorkflow | None:
    """Publish a workflow, or publish it anew.

     Everybody can then read the graph as it is exported now. Publishing again changes the share and
    keeps its
    slug. An unknown workflow, and one that can't be exported, answers 500. Plans without it answer 403.

    Args:
        workflow_id (str):
        body (SharedWorkflowCreate): How to publish a workflow.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | SharedWorkflow
    """

    return (
        await asyncio_detailed(
            workflow_id=workflow_id,
            client=client,
            body=body,
        )
    ).parsed
