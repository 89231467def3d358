"""The shipped headers."""
