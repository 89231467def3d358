"""What is analysed together, and the hook, device and namespace that each entry runs under."""
