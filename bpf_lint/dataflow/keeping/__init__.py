"""Outcomes of calls as bytes, for later runs."""
