"""The version of the workflow that a batch was planned for, and what to do when another is deployed."""

from typing import TYPE_CHECKING, Literal

from stationthis_sdk.errors import BatchStopped

if TYPE_CHECKING:
    from stationthis_sdk.entities import DeploymentRecord
    from stationthis_sdk.store.batch_records import BatchRecord
    from stationthis_sdk.store.batches import BatchLedger

__all__ = ["OnChange", "agreed_version", "is_other", "redeployed"]

OnChange = Literal["stop", "continue", "rerun"]
"""What a batch does whose deployment has another version since: stop, go on with the new one, or run all rows again."""


def is_other(batch: "BatchRecord", record: "DeploymentRecord") -> bool:
    """Whether another version is deployed than was planned for."""
    planned, now = batch.workflow_version_id, record.workflow_version_id
    return planned is not None and now is not None and planned != now


def redeployed(batch: "BatchRecord", record: "DeploymentRecord") -> BatchStopped:
    """What to say of that."""
    return BatchStopped(
        f"Batch {batch.name!r} was planned for version {batch.version} of {batch.deployment_name!r}, and version "
        f"{record.version} is deployed now. Nothing was sent. on_change='continue' runs what is missing on that, 'rerun' "
        "runs all rows anew.",
        why="redeployed",
    )


async def agreed_version(
    store: "BatchLedger", batch: "BatchRecord", record: "DeploymentRecord", on_change: OnChange
) -> None:
    """See that a batch goes on with the version it was planned for, or as it was said.

    Raises:
        BatchStopped: another is deployed now.
    """
    if not is_other(batch, record):
        return
    if on_change == "stop":
        raise redeployed(batch, record)
    await store.set_version(batch.id, record.workflow_version_id, record.version)
    if on_change == "rerun":
        await store.again(batch.id, ("success", "failed", "timeout", "cancelled", "refused"))
