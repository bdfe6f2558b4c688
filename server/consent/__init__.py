"""Who agreed to what, in which version, and when it was taken back."""
