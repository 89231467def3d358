"""What an analysis says: results for rules, what was covered, and what called what."""
