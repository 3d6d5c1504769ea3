"""The language: text -> validated, frozen Spec -> flat Graph. No Keras, no NumPy."""
