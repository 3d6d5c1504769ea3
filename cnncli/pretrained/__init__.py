"""Weights of networks from outside: where they are, how they come here, and what is kept."""
