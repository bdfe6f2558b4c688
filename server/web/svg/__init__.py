"""Drawings as SVG text: pure functions, presentation attributes only (the pages forbid inline style)."""
