"""A deck with native shapes and charts, one message a slide."""
