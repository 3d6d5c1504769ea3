"""The only place that knows Rich, Matplotlib and HTML."""
