"""What the drawing tools share: the sketch that they draw on, the work plane, simpler lines."""
