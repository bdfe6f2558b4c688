"""What is kept of a run: channels, events, wire format, spool, uplink."""
