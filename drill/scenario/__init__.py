"""A scenario file: its schema, loading, checking, picture."""
