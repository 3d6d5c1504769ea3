"""Spec -> Keras model: what ARCH may be, files that are not trusted, the catalog."""
