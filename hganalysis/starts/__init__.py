"""What do starts drive? A plan with a lot before a roll-out, and an honest estimate after it."""
