"""Check the frame of a chart; it is in `figures.frames`."""

from ..figures.frames import numbers, origin_of, refuse, require, rows

__all__ = ["numbers", "origin_of", "refuse", "require", "rows"]
