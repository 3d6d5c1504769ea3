"""Arrays in, numbers out: figures, intervals, paired tests. No Keras, no files."""
