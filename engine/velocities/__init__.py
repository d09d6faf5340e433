"""One velocity model per file."""
