"""What an upload takes of memory: a real process, a real gateway, 200 MB."""

import subprocess
import sys
import textwrap

import pytest

CODE = """
    import sys
    from pathlib import Path
    from stationthis_sdk import StationThis
    from stationthis_sdk.uploads import ways

    def resident(field):
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(field)) * 1024

    way, path = sys.argv[1:]
    if way == "form":
        ways.BIG = 1 << 40
    with StationThis() as st:
        small = bytes(range(256)) * 8192
        if way == "presigned":
            ways.BIG, big = 1, ways.BIG
        st.files.upload(small, name="small.bin", cache=False)
        if way == "presigned":
            ways.BIG = big
        Path("/proc/self/clear_refs").write_text("5")
        before = resident("VmRSS")
        given = open(path, "rb") if way == "stream" else path
        if way == "model":
            file = st.models.upload(given, folder="loras", name="large.bin")
        else:
            file = st.files.upload(given, name="large.bin")
        peak = resident("VmHWM")
        puts = sum(one.method == "PUT" for one in st.last_requests)
        print(file.size, puts, peak - before)
"""


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("way", "by_put"), [("presigned", True), ("form", False), ("stream", True), ("model", True)]
)
def test_200_mb_take_less_than_40_mb(gateway, tmp_path, way, by_put):
    """Into storage, as a form, from a stream, and as a model in parts: the file is never in memory whole."""
    path = tmp_path / "large.bin"
    block = bytes(range(256)) * 4096
    with path.open("wb") as file:
        for _ in range(200):
            file.write(block)
    environment = {
        **gateway.environment(),
        "STATIONTHIS_HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(CODE), way, str(path)],
        env=environment, capture_output=True, text=True, check=False, timeout=170,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    size, sent, extra = map(int, done.stdout.split())
    assert (size, sent > 0) == (200 * 2**20, by_put)
    assert extra < 40e6
