"""Projects: an experiment with its rounds, its data and its look, in one file that survives damage."""
