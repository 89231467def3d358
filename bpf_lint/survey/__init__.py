"""Many states of trees: analysed as jobs that an executor runs, kept, and compared."""
