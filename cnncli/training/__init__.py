"""Fit, the state that resumes, metrics, prediction, the run directory."""
