"""Many trainings together: the folds of a cross-validation."""
