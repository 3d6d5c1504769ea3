"""Build, inspect, understand and train convolutional neural networks from the shell."""

__version__ = "0.1.0"
