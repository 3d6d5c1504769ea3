"""A trained network at work: evaluating it, predicting with it."""
