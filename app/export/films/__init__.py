"""The films, one file each."""
