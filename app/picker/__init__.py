"""Presets and laws by their pictures: what is offered, how it is found, and the dialog that shows it."""
