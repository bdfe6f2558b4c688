"""The small form profile that a station can ask without a network."""
