"""One distribution per file."""
