"""What may leave the office: published numbers, and the thanks for an answer that nobody can be told by."""
