"""Tickets: random codes without personal data, kept as hashes."""
