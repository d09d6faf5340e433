"""The one chart that stands beside the stage of a show, for the last row: in the window and on a page."""

BESIDE = 0.36  # its share of the width
LARGER = 1.4  # its text over that of the stage
USUAL = 720  # px of a screen's height; on a higher one the words of a show grow with it


def grown(high: int) -> float:
    """By how much, in a window of this height."""
    return max(1.0, high / USUAL)
