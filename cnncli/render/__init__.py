"""The only place that knows Rich tables, Matplotlib and HTML."""

import warnings

# Names are in all the world's letters; those that Matplotlib's font lacks become boxes, and a
# warning for each of them, past our own messages, helps nobody.
warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)
