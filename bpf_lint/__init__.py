"""Find BPF redirects whose target ifindex belongs to another network namespace."""

__version__ = "0.1.0"
