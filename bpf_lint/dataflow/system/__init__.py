"""Puts the programs of one node together: hooks, tail calls, shared maps."""
