"""What a person looks at: one view per file."""
