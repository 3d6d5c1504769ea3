"""Keras model -> Spec, with what repeats found and written once as blocks."""
