"""People: who they are, how they prove it, for whom they act; and the link to their tickets, kept apart."""
