"""Workflows that are published for all: shared, found, looked at, taken, taken back."""

import pytest

from stationthis_sdk import AsyncStationThis, InvalidInput, NotFound
from stationthis_sdk.testing import LocalGateway
from tests.small_graphs import GRAPH, ID, asked, row, version_row
from tests.wire import Wire, answer


@pytest.fixture
def own():
    """A gateway of the test's own, and a client of it."""
    with LocalGateway() as gateway:
        yield gateway, gateway.client()


def test_a_workflow_is_published_and_found(own):
    """By a part of its title, by its address, by its workflow; its address stays when its title changes."""
    _, st = own
    workflow = st.workflows.upload(GRAPH, name="harbour")
    assert workflow.shared() is None
    shared = workflow.share("Two Harbours", description="Where ships rest.", cover="http://127.0.0.1/c.png")
    assert (shared.slug, shared.title) == ("two-harbours", "Two Harbours")
    assert (shared.description, shared.cover) == ("Where ships rest.", "http://127.0.0.1/c.png")
    st.workflows["text-to-picture"].share("Lighthouses")
    assert [one.title for one in st.workflows.shared("harbour")] == ["Two Harbours"]
    assert [one.slug for one in st.workflows.shared(slug="two-harbours")] == ["two-harbours"]
    for everything in (st.workflows.shared(), st.workflows.shared(""), st.workflows.shared(limit=None)):
        assert {one.title for one in everything} == {"Two Harbours", "Lighthouses"}
    assert len(st.workflows.shared(limit=1)) == 1
    assert st.workflows.shared("nothing of the kind") == []
    assert workflow.share("A Harbour").slug == "two-harbours"
    assert workflow.shared().title == "A Harbour"


def test_what_is_published_is_taken_and_goes_back_in(own):
    """Its file is a graph in both formats; looks and downloads are counted."""
    gateway, st = own
    workflow = st.workflows.upload(GRAPH, name="harbour")
    first = workflow.newest
    workflow.add_version({**GRAPH, "9": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}}})
    workflow.share("Harbours", version=1)
    (shared,) = gateway.client(gateway.add_key("guest")).workflows.shared("harbours")
    assert shared.view() == shared.views == 1
    taken = shared.download()
    assert taken["workflow_api"] == first.graph
    assert shared.refresh().downloads == 1
    assert st.workflows.upload(taken, name="taken").newest.graph == GRAPH
    workflow.share("Harbours", version=workflow.newest.id)
    assert "9" in shared.download()["workflow_api"]
    assert "2 downloads" in repr(shared.refresh())


def test_what_is_taken_back_is_gone(own):
    """For whoever holds it, by its address, and a second time: a sentence, and no line of HTTP."""
    _, st = own
    workflow = st.workflows.upload(GRAPH, name="harbour")
    shared = workflow.share("Harbours")
    workflow.unshare()
    assert workflow.shared() is None
    for call, said in (
        (shared.refresh, "No workflow is published as 'harbours'"),
        (shared.view, "No workflow is published as 'harbours'"),
        (shared.download, "No workflow is published as 'harbours'"),
        (lambda: st.workflows.shared(slug="nothing"), "No workflow is published as 'nothing'"),
        (workflow.unshare, r"Nothing is published of the workflow 'harbour': share\(title\)"),
    ):
        with pytest.raises(NotFound, match=said) as told:
            call()
        assert "http" not in told.value.message


def test_nothing_is_sent_for_what_can_not_be_published(own):
    """No title, no such version, no address, no such limit."""
    _, st = own
    workflow = st.workflows.upload(GRAPH, name="harbour")
    for wrong in ("", "  ", None, 7, "\ud800"):
        with pytest.raises(InvalidInput):
            workflow.share(wrong)
    with pytest.raises(NotFound, match="no version 9; its newest is 1"):
        workflow.share("Harbours", version=9)
    with pytest.raises(InvalidInput):
        workflow.share("Harbours", version="newest")
    for wrong in (
        {"slug": ""},
        {"slug": ".."},
        {"slug": "a/b"},
        {"slug": 7},
        {"limit": 0},
        {"limit": -1},
        {"search": "a", "slug": "b"},
    ):
        with pytest.raises(InvalidInput):
            st.workflows.shared(**wrong)
    assert asked(st, "POST") == ["/workflow"]
    assert not any("shared" in one for one in asked(st))


async def test_many_come_in_pages():
    """As many as are wanted, a hundred at a time, each once."""
    rows = [{"id": str(number), "share_slug": f"s{number}", "title": str(number)} for number in range(250)]

    def reply(asked):
        query = dict(part.split("=") for part in asked.path.partition("?")[2].split("&"))
        start = int(query["offset"])
        page = rows[start : start + int(query["limit"])]
        return answer(200, {"shared_workflows": page, "total": 250})

    with Wire(reply) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            assert [one.title for one in await st.workflows.shared(limit=150)] == [
                str(one) for one in range(150)
            ]
            assert len(wire.asked) == 2
            assert len(await st.workflows.shared(limit=None)) == 250


@pytest.mark.parametrize(
    "odd",
    [
        {"shared_workflows": None},
        {"shared_workflows": [7, {"id": "1"}], "total": "many"},
        {"shared_workflows": [{"id": "1", "share_slug": None, "title": 3, "view_count": "x"}]},
    ],
)
async def test_odd_answers_are_read(odd):
    """Missing, null and foreign values leave lists that can be looked at."""

    def reply(asked):
        return answer(200, odd if "shared" in asked.path else row(versions=[version_row()]))

    with Wire(reply) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            assert all(repr(one) for one in await st.workflows.shared())
            assert repr(await (await st.workflows.get(ID)).shared())
