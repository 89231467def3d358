"""Small random programs: bpf-lint predicts, the kernel runs."""
