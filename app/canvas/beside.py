"""The one chart that stands beside the stage of a show, for the last row: in the window and on a page."""

BESIDE = 0.36  # its share of the width
LARGER = 1.4  # its text over that of the stage
