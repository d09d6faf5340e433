"""One layer of a stage per file."""
