"""One file per operation that continues a finished round."""
