"""The client: which service, whose account, what there is to ask. Never the key."""

from typing import Any

from stationthis_sdk.notebook.html import card, clipped, h

__all__ = ["draw"]


async def draw(client: Any) -> Any:
    """What its plain text says, and where to begin."""
    return card(
        h.div(".st-head")[h.b["StationThis"], h.span(".st-dim")[clipped(_where(client), 300)]],
        h.div(".st-dim")[
            "st.deployments · st.runs · st.batches · st.workflows · st.machines · st.models · st.costs()"
        ],
    )


def _where(client: Any) -> str:
    return repr(client).strip("<>").removeprefix("Async").removeprefix("StationThis").strip()
