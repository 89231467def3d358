"""Journeys as text, as Mermaid and as SVG."""
