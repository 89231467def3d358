"""Facts of the kernel model, compared with what running kernels did."""
