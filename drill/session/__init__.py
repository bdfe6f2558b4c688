"""One run: tick, director, decisions, objectives."""
