"""Compose every figure once: values and words that are ready to be drawn in any medium."""

from .change import bumps, slopes

__all__ = ["bumps", "slopes"]
