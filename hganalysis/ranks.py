"""Rank places, with what is sure about each rank."""
