"""Drawing tools, drop and open."""
