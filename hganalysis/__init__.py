"""Map, compare and explain the uptake of digital platforms by district."""
