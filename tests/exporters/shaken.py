"""Weights as training leaves them: none is 0 or 1, as biases and normalizations begin."""

from __future__ import annotations

from typing import Any

import numpy as np


def shaken(model: Any, seed: int = 0) -> Any:
    """Move every weight of a model a little; variances stay positive."""
    draws = np.random.default_rng(seed)
    for variable in model.weights:
        if not variable.dtype.startswith("float"):
            continue
        shape = tuple(variable.shape)
        if "variance" in variable.name:
            variable.assign(variable * draws.uniform(0.8, 1.2, shape))
        else:
            # Kernels by a part of their own spread: more would grow from layer to layer, and the
            # rounding of float32 with it.
            spread = float(np.std(variable))
            scale = 0.1 if len(shape) < 2 else min(0.01, 0.2 * spread)
            variable.assign(variable + draws.normal(0, scale, shape))
    return model
