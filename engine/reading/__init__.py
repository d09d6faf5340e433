"""Points from files: one reader per format, and the limits that all of them keep."""
