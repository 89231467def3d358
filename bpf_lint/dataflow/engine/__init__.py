"""Runs functions abstractly: the solver, transfer functions, the memo of calls."""
