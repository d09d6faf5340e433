"""Lessons: text, scenes, cues and claims. Neither Qt nor torch."""
