"""Hide small counts, and what would give them away."""
