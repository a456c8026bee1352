"""Reading ComfyUI graphs: pure; no I/O, no HTTP."""
