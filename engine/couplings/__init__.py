"""One coupling per file."""
