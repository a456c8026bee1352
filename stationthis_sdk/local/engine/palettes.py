"""Palettes."""
PALETTES = {"dusk":(),"sea":(),"forest":(),"ink":()}
