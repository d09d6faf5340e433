"""Points from files: one file per format, and the limits that all of them keep."""
