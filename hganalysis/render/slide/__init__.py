"""Draw panels of figures on slides, of native shapes, charts and tables."""
