"""Kinds of events: one file for each, with how it is seen, its facts and its words in a trace.

A kind is a class of its file that inherits `EventKind`; nothing else names it (see `registry`).
"""
