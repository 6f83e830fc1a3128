"""Compose every figure once: values and words that are ready to be drawn in any medium."""
