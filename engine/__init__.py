"""Rectified flow without a window."""
