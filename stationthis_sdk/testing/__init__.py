"""A gateway for your own tests: ComfyUI Deploy's contract inside the test's process, clock and faults in hand.

With pytest nothing has to be imported; the fixture ``stationthis`` is there once the SDK is installed, a new gateway
for each test, with its own port, folder and the two seeded deployments::

    def my_pipeline(st):
        return st.deployments["text-to-picture"](prompt="a lighthouse", steps=1, width=64, height=64)

    def test_my_pipeline(stationthis):
        stationthis.faults.drop_answers(0.2, seed=1, method="GET")
        assert my_pipeline(stationthis.client()).state == "success"

    def test_that_it_stays_in_its_time(stationthis):
        stationthis.faults.stall(at="running")
        later = stationthis.client().deployments["text-to-picture"].submit(prompt="a harbour")
        stationthis.until(lambda: stationthis.runs()[0].state == "running")
        stationthis.clock.advance(301)
        stationthis.until(lambda: stationthis.runs()[0].state == "timeout")

``@pytest.mark.stationthis(strict=True)`` makes it behave better than the service. Code that makes its own
``StationThis()`` finds the gateway with the fixture ``stationthis_env``. Elsewhere, in unittest and scripts, the
same is a context manager:

>>> from stationthis_sdk.testing import local_gateway
>>> with local_gateway() as gateway, gateway.client() as st:
...     run = st.deployments["text-to-picture"](prompt="a lighthouse", seed=7, steps=1, width=64, height=64)
>>> run.state
'success'
>>> [(seen.deployment, seen.state, seen.inputs["prompt"]) for seen in gateway.runs()]
[('text-to-picture', 'success', 'a lighthouse')]

Graphs of your own are deployed by name; what comes out is real work of the nodes:

>>> graph = {
...     "1": {"class_type": "ComfyUIDeployExternalText", "inputs": {"input_id": "name", "default_value": "nobody"}},
...     "2": {
...         "class_type": "ComfyDeployOutputText",
...         "inputs": {"text": ["1", 0], "filename_prefix": "x", "file_type": "txt", "output_id": "greeting"},
...     },
... }
>>> with local_gateway() as gateway:
...     deployment_id = gateway.deploy("greet", graph)
...     gateway.client().deployments["greet"](name="Ada").outputs["greeting"].text()
'Ada'

Faults are those of :class:`stationthis_sdk.local.faults.Faults`, each with a share, a path, a number of times:

>>> with local_gateway() as gateway:
...     gateway.faults.refuse(429, retry_after=0, times=2, path="/deployments")
...     names = [one.name for one in gateway.client().deployments.list()]
>>> len(names), [fault.kind for fault in gateway.faults.seen]
(4, ['refuse', 'refuse'])
"""

from typing import TYPE_CHECKING

from stationthis_sdk.lazily import lazily

if TYPE_CHECKING:
    from stationthis_sdk.testing.gateway import LocalGateway, SeenRun, local_gateway

__all__ = ["LocalGateway", "SeenRun", "local_gateway"]

__getattr__ = lazily(__name__, {"testing.gateway": __all__})


def __dir__() -> list[str]:
    return sorted(__all__)
