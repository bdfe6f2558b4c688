"""What was learnt: metrics, debriefs, replays, measured trajectories."""
