"""Real trees of Cilium, analysed when an environment variable names a clone."""
