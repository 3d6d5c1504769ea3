"""The version of cnncli, apart from the package so that all of it may import it."""

__version__ = "0.1.0"
