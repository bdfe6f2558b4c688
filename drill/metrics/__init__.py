"""What a run was worth: pure functions over a recorded run."""
