"""One question about a round per file, asked while somebody looks."""
