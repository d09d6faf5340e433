"""The kinds of picture files, one a file."""
