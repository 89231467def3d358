"""Every file that is opened, read or written, and from where it may come."""
