"""What runs on a node, from what `ip` and `bpftool` say of it."""
