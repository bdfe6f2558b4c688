"""Devices: pairing by a short code, revocable keys, one-use socket passes."""
