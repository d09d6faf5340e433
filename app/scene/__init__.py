"""Pure pictures: (Snapshot, Look) to Panels of Marks. No Qt, no torch."""
