"""Drill days, sessions, stations, scenario versions and runs."""
