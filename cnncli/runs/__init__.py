"""The run directory: its names, lock, record and model file, and runs side by side."""
