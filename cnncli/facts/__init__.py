"""What can be said of a network: shapes, cost, receptive fields, comparison."""
