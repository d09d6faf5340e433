"""What leaves the window, and what the commands write without one: pictures, films, slides, data."""
