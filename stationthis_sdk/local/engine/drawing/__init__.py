"""The procedural picture, for the node StationThisPicture: its palettes, its scene, and how it is painted."""
