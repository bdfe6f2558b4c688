"""How long each table is kept, what keeps rows beyond it, and the purge that holds the promise."""
