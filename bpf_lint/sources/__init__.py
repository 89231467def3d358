"""What is on disk: the analysed folder, its C sources, and compilation databases."""
