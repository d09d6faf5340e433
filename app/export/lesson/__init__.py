"""A lesson as slides, pages, a film, pictures."""
