"""One round: begun on its pairs, trained, looked at, measured, kept."""
