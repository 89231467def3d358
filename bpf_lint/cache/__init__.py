"""What earlier runs found out, by content: results, and parsed programs."""
