"""What draws Marks."""
