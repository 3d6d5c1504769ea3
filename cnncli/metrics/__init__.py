"""Arrays in, numbers out: the figures of an evaluation. No Keras, no files."""
