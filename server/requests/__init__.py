"""What people may ask about their data: to see it, to have it corrected, not used, or erased; and what was done."""
