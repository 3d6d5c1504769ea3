"""Keras: Spec -> model, model -> Spec, and facts about a model."""
