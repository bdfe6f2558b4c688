"""What threatens: one file a hazard, one protocol, one Exposure."""
