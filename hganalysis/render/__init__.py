"""Draw figures: on axes, on slides, on pages."""
