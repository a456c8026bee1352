"""Where the user's own ComfyUI servers are."""

from collections.abc import Iterable, Mapping

__all__ = ["comfyui_addresses"]


def comfyui_addresses(given: Iterable[str], environment: Mapping[str, str]) -> list[str]:
    """The addresses that were given, else those in COMFYUI_URL, which commas part.

    >>> comfyui_addresses([], {"COMFYUI_URL": "http://127.0.0.1:8188, http://127.0.0.1:8189"})
    ['http://127.0.0.1:8188', 'http://127.0.0.1:8189']
    >>> comfyui_addresses(["http://127.0.0.1:9000"], {"COMFYUI_URL": "http://127.0.0.1:8188"})
    ['http://127.0.0.1:9000']
    """
    named = list(given) or environment.get("COMFYUI_URL", "").split(",")
    return list(dict.fromkeys(address.strip() for address in named if address.strip()))
