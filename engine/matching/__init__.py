"""Which point of one cloud goes with which of another: exact and entropic plans, and uninterruptible work."""
