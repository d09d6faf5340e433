"""Data only: presets, inks, pictures."""
