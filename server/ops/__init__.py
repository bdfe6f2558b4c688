"""Running the house: keys, health."""
