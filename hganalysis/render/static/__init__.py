"""Draw panels of figures on axes."""
