"""Runs experiments in network namespaces of the machine's own kernel."""
