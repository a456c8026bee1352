"""The pytest plugin, in pytest runs of their own."""

import inspect
import re
import textwrap

import pytest

import stationthis_sdk.testing

pytestmark = pytest.mark.slow

STRICT = ("-W", "error", "-o", "asyncio_default_fixture_loop_scope=function", "--strict-markers")
BODY = """
def test_{name}(stationthis):
    run = stationthis.client().deployments["text-to-picture"](prompt="a", steps=1, width=64, height=64)
    assert run.state == "success"
    assert len(stationthis.runs()) == 1
"""


@pytest.fixture(autouse=True)
def _outside(pytester, monkeypatch):
    """No plugins and options of ours."""
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"):
        monkeypatch.delenv(name, raising=False)


def test_the_example_of_the_docstring_passes(pytester):
    """What the documentation shows runs as it stands, without any import."""
    shown = re.search(
        r"deployments::\n\n(.*?)\n\n``@pytest", inspect.getdoc(stationthis_sdk.testing), re.DOTALL
    )
    pytester.makepyfile(textwrap.dedent(shown[1]))
    pytester.runpytest_subprocess(*STRICT).assert_outcomes(passed=2)


@pytest.mark.timeout(240)
def test_each_test_has_its_own(pytester):
    """Also under xdist."""
    pytester.makepyfile("".join(BODY.format(name=number) for number in range(4)))
    pytester.runpytest_subprocess(*STRICT).assert_outcomes(passed=4)
    pytester.runpytest_subprocess(*STRICT, "-n", "2").assert_outcomes(passed=4)


def test_with_coroutines(pytester):
    """pytest-asyncio's tests take the fixture as it is."""
    pytester.makepyfile("""
        async def test_async(stationthis):
            async with stationthis.async_client() as st:
                portrait = await st.deployments.get("text-to-picture")
                run = await portrait(prompt="a", steps=1, width=64, height=64)
            assert run.state == "success"
    """)
    pytester.runpytest_subprocess(*STRICT, "-o", "asyncio_mode=auto").assert_outcomes(passed=1)


def test_code_that_makes_its_own_client(pytester):
    """Finds the gateway, and only during the test; the marker makes it strict."""
    pytester.makepyfile("""
        import os
        import pytest
        from stationthis_sdk import NotFound, StationThis

        @pytest.mark.stationthis(strict=True)
        def test_env(stationthis_env):
            with StationThis() as st:
                assert len(st.deployments.list()) == 4
                with pytest.raises(NotFound):
                    st.request("GET", "/deployment/00000000-0000-4000-8000-000000000000")

        def test_after():
            assert "STATIONTHIS_BASE_URL" not in os.environ
    """)
    pytester.runpytest_subprocess(*STRICT).assert_outcomes(passed=2)


def test_a_failing_test_leaves_nothing(pytester):
    """Its failure is told as it is, and the next test has a gateway."""
    pytester.makepyfile(f"""
        def test_fails(stationthis):
            stationthis.faults.stall(at="running")
            stationthis.faults.slow(seconds=60, path="/run/*", method="GET")
            stationthis.client().deployments["text-to-picture"].submit(prompt="a")
            assert "this is what failed" == ""

        {textwrap.indent(BODY.format(name="next"), " " * 8).strip()}
    """)
    result = pytester.runpytest_subprocess(*STRICT)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*this is what failed*"])


def test_it_costs_nothing_when_unused(pytester):
    """A pytest run without it imports neither client nor gateway."""
    pytester.makepyfile("""
        import sys

        def test_nothing():
            loaded = {name for name in sys.modules if name.partition(".")[0] == "stationthis_sdk"}
            packages = {"stationthis_sdk", "stationthis_sdk.testing", "stationthis_sdk.lazily"}
            assert loaded == {*packages, "stationthis_sdk.testing.plugin"}
            assert not {"aiohttp", "httpx", "numpy", "attrs"} & sys.modules.keys()
    """)
    pytester.runpytest_subprocess(
        *STRICT, "-p", "no:schemathesis", "-p", "no:hypothesispytest"
    ).assert_outcomes(passed=1)


def test_the_sdk_is_imported_as_elsewhere(pytester):
    """Pytest rewrites the asserts of the suite, and no module of ours but the plugin and what its packages begin with."""
    pytester.makepyfile("""
        import sys

        def test_it(stationthis):
            assert stationthis.client().deployments["text-to-picture"].name == "text-to-picture"
            ours = {
                name: type(module.__spec__.loader).__name__
                for name, module in sys.modules.items()
                if name.partition(".")[0] in {"stationthis_sdk", "comfydeploy_client"}
            }
            rewritten = {name for name, loader in ours.items() if loader == "AssertionRewritingHook"}
            assert len(ours) > 100
            packages = {"stationthis_sdk", "stationthis_sdk.testing", "stationthis_sdk.lazily"}
            assert rewritten == {*packages, "stationthis_sdk.testing.plugin"}
            assert type(sys.modules[__name__].__spec__.loader).__name__ == "AssertionRewritingHook"
    """)
    pytester.runpytest_subprocess(*STRICT).assert_outcomes(passed=1)


def test_the_fixtures_say_what_they_are(pytester):
    """In pytest --fixtures and --markers."""
    told = pytester.runpytest_subprocess("--fixtures").stdout.str()
    assert "stationthis -- " in told
    assert "ComfyUI Deploy on this machine, new for each test" in told
    assert "stationthis_env -- " in told
    assert "@pytest.mark.stationthis(strict=False)" in pytester.runpytest_subprocess("--markers").stdout.str()
