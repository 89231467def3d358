"""Surveys as text, JSON, Markdown and HTML."""
