"""The formats of films, one file each."""
