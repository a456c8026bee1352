"""The folder of files: kept under names of ours, taken whole, given out by links."""
