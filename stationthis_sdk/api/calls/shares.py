"""Shares: outputs of runs, and the pages of shared deployments."""

from typing import Any

from comfydeploy_client.api.shares import (
    shares_create_output,
    shares_delete_output,
    shares_get_deployment,
    shares_get_output,
    shares_list_outputs,
    shares_studio_url,
)
from comfydeploy_client.models.output_share_create import OutputShareCreate
from comfydeploy_client.models.share_kind import ShareKind
from comfydeploy_client.models.share_visibility import ShareVisibility

from stationthis_sdk.api.calls.deployments import shared_deployment_of
from stationthis_sdk.api.calls.family import Family
from stationthis_sdk.api.calls.reading import properties, text
from stationthis_sdk.entities import DeploymentRecord, parse_time, without_submit
from stationthis_sdk.entities.deployments import OutputShareRecord
from stationthis_sdk.errors import InvalidInput, NotFound, UnexpectedResponse

__all__ = ["ShareCalls", "check_shared_as"]


class ShareCalls(Family):
    """What one account shows to others, and what others show."""

    async def deployment(self, owner: str, name: str) -> DeploymentRecord:
        """The page of a shared deployment."""
        try:
            return await self.edge.call(shares_get_deployment, owner, name, into=shared_deployment_of)
        except NotFound as error:
            raise NotFound(f"Nobody shares {owner}/{name}.", request=error.request) from None

    async def studio_url(self, deployment_id: str) -> str:
        """The page on which everybody can run a shared deployment."""
        url = await self.edge.call(
            shares_studio_url, deployment_id, into=lambda answer: text(answer.studio_url)
        )
        if url is None:
            raise UnexpectedResponse("The service told no address of the share's page.")
        return url

    async def create(
        self, run_id: str, output_id: str, *, kind: str | None, visibility: str
    ) -> OutputShareRecord:
        """Share one output of a run. One that is shared already answers as it is, so a repeat is harmless."""
        body = OutputShareCreate(run_id, output_id, _kind_of(kind or "other"), _visibility_of(visibility))
        return await self.edge.call(
            shares_create_output, body=body, into=share_of, repeatable=lambda error: error.retryable
        )

    async def all(
        self,
        limit: int,
        *,
        kind: str | None,
        visibility: str | None,
        deployment_id: str | None,
        include_public: bool,
    ) -> tuple[OutputShareRecord, ...]:
        """Up to so many shared outputs, newest first."""
        query: dict[str, Any] = {"include_public": include_public}
        if kind is not None:
            query["output_type"] = _kind_of(kind)
        if visibility is not None:
            query["visibility"] = _visibility_of(visibility)
        if deployment_id is not None:
            query["deployment_id"] = deployment_id
        found: list[OutputShareRecord] = []
        async for page in self._pages(shares_list_outputs, one=share_of, per_page=min(limit, 100), **query):
            found += page
            if len(found) >= limit:
                break
        return tuple(found[:limit])

    async def get(self, share_id: str) -> OutputShareRecord:
        """Read one shared output."""
        return await self.edge.call(shares_get_output, share_id, into=lambda answer: share_of(answer.share))

    async def delete(self, share_id: str) -> None:
        """Share an output no longer."""
        await self.edge.call(shares_delete_output, share_id, into=bool)


def share_of(answer: Any) -> OutputShareRecord:
    """A shared output."""
    return OutputShareRecord(
        id=answer.id,
        run_id=text(answer.run_id),
        output_id=text(answer.output_id),
        deployment_id=text(answer.deployment_id),
        output_type=text(answer.output_type) or "",
        visibility=text(answer.visibility) or "",
        inputs=without_submit(properties(answer.inputs)),
        data=properties(answer.output_data),
        created_at=parse_time(answer.created_at),
    )


def check_shared_as(*, kind: str | None, visibility: str | None) -> None:
    """Go on when there are such a kind and visibility; None is any.

    Raises:
        InvalidInput: there are not.
    """
    if visibility is not None:
        _visibility_of(visibility)
    if kind is not None:
        _kind_of(kind)


def _kind_of(name: str) -> ShareKind:
    """What a shared output is.

    Raises:
        InvalidInput: there is no such kind.
    """
    try:
        return ShareKind(name)
    except ValueError:
        known = ", ".join(one.value for one in ShareKind)
        raise InvalidInput(f"A shared output is one of {known}, not {name!r}.") from None


def _visibility_of(name: str) -> ShareVisibility:
    """Who sees a shared output.

    Raises:
        InvalidInput: there is no such visibility.
    """
    try:
        return ShareVisibility(name)
    except ValueError:
        known = ", ".join(one.value for one in ShareVisibility)
        raise InvalidInput(f"visibility is one of {known}, not {name!r}.") from None
