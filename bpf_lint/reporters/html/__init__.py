"""The HTML report: one file with everything in it."""
