"""Drawing tools, one file each."""
