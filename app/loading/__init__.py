"""Data files on their way into the experiment: read beside the window, looked at, dropped, pasted."""
