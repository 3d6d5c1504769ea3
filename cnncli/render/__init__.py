"""The only place that knows Rich tables, Matplotlib and HTML."""
