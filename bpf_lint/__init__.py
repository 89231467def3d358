"""Find BPF redirects whose target ifindex belongs to another network namespace."""

try:
    from bpf_lint._version import __version__
except ImportError:  # sources that nothing was built or installed from
    __version__ = "0+unknown"

__all__ = ["__version__"]
