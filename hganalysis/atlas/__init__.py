"""One HTML file with every map and table, that opens anywhere, offline."""
