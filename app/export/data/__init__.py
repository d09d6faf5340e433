"""What can be had as numbers or text, one kind a file."""
