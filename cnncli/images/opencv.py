"""The one place that loads OpenCV, with its limits set before it starts."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

# OpenCV reads this variable when it is imported; a user may set it to allow larger images.
LIMIT_VARIABLE = "OPENCV_IO_MAX_IMAGE_PIXELS"
MAX_PIXELS = 2**28


def max_pixels() -> int:
    """Return how many pixels an image may declare before it is refused unread."""
    value = os.environ.get(LIMIT_VARIABLE, "")
    return int(value) if value.isdecimal() else MAX_PIXELS


@cache
def load_cv2() -> Any:
    """Import OpenCV and return the module `cv2`, its own messages kept off the terminal."""
    os.environ.setdefault(LIMIT_VARIABLE, str(MAX_PIXELS))
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    import cv2

    # Again, for a program that had imported it before.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return cv2
