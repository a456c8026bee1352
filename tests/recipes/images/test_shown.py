"""What a generation looks like in a notebook: its pictures, what was sent, what to know of it; strangers' words escaped."""

import pytest

from stationthis_sdk import RunFailed, chain
from stationthis_sdk.testing import LocalGateway
from tests.recipes.images import graphs


def test_a_generation_shows_its_pictures(gateway: LocalGateway) -> None:
    """All of them, with where each input is from; nothing of a prompt becomes markup."""
    st = gateway.client()
    made = st.make_image("a <script>fox</script>", "gone", ["standard"], n=2, seed=3, cfg=5, steps=1)
    shown = made._repr_mimebundle_()
    html = shown["text/html"]
    assert html.count("<img") == 2
    assert "<script>" not in html
    assert "a &lt;script&gt;fox" in html
    for part in (
        "success",
        "seed 3, 4",
        "Left out: cfg",
        "Tried before: gone",
        "<td>call</td>",
        "<td>workflow</td>",
    ):
        assert part in html
    assert shown["text/plain"] == repr(made)
    assert "2 runs" in repr(made)
    assert "standard" in chain("standard")._repr_mimebundle_()["text/html"]


def test_an_error_with_a_generation_is_shown(gateway: LocalGateway) -> None:
    """The error's own display has its code; the generation in it shows what there is, also nothing."""
    gateway.deploy("broken", graphs.BROKEN)
    with pytest.raises(RunFailed) as caught:
        gateway.client().make_image("a fox", "broken")
    assert "generation_failed" in caught.value._repr_mimebundle_()["text/html"]
    html = caught.value.generation._repr_mimebundle_()["text/html"]
    assert "generation_failed" in html
    assert "<img" not in html
