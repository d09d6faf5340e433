"""A lesson in the window: its player, its words, what stands over the picture, the presenter's own window."""
