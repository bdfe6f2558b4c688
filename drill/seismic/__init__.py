"""How the ground moves: motions, their records in files, synthetic ones, and the JMA seismic intensity."""
