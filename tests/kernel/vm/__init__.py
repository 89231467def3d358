"""Runs experiments on kernels from Debian packages, in virtual machines without acceleration."""
