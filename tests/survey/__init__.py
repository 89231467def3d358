"""Many states of trees, in repositories made for the test."""
