"""Read pictures back as a reader does: what stands where, on a page, a slide or a web map."""
