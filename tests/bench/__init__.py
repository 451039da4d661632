"""`make bench`: what the engine costs, measured beside what it cannot do without. No pass or fail."""
