"""Speed as ratios against peers, each pair measured in one run.

Every module here has a function `main() -> bool` that prints its ratios and tells whether all of
them keep to their limits. `make bench` runs them all; `python -m benchmarks.convolve` runs one.
"""
