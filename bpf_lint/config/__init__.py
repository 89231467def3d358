"""Data files: the kernel model, project profiles, rules, and the user's configuration."""
