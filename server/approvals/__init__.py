"""Acts that ask for a second person: proposed by one, decided by another."""
