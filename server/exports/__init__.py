"""Files of many records that leave the system: only after a second person approved them."""
