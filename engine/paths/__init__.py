"""One interpolation path per file."""
