"""Changing images at random while training, so that a network sees more than there are.

The layers are Keras's own and work on pixels 0..255, in the training step: they are no part of
the saved model. Their seed generators are state that a resumed run needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cnncli.spec.model import Spec

if TYPE_CHECKING:
    import numpy as np

# What these change, `preprocess: standardize` takes back.
CANCELLED = {"RandomBrightness": "brightness", "RandomContrast": "contrast"}
