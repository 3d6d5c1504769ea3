"""What several commands share: options, outputs, ARCH and MODEL, hooks, completion."""
