"""What is heard in a drill: made by our own generators, placed round the head, bounded in loudness."""
