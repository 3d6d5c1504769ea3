"""Images for measurements, made of a photograph that comes with the dependencies."""

from pathlib import Path

import numpy as np


def class_folders(root: Path, count: int, side: int, classes: int = 2) -> None:
    """Write `count` grey PNG files of `side` x `side`, all different, in class folders.

    Each is a random part of a photograph, enlarged, with noise: a file of one takes about as
    many bytes as an X-ray does.
    """
    from cnncli.images.opencv import load_cv2
    from cnncli.images.reader import read

    cv2 = load_cv2()
    random = np.random.default_rng(0)
    photograph = cv2.cvtColor(read("sample:china").pixels, cv2.COLOR_RGB2GRAY)
    for number in range(count):
        part = random.integers(96, 200)
        top = random.integers(0, photograph.shape[0] - part)
        left = random.integers(0, photograph.shape[1] - part)
        picture = photograph[top : top + part, left : left + part]
        picture = cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC)
        noisy = picture + random.normal(0, 1, picture.shape)
        folder = root / f"class{number % classes}"
        folder.mkdir(parents=True, exist_ok=True)
        content = cv2.imencode(".png", np.clip(noisy, 0, 255).astype(np.uint8))[1]
        (folder / f"{number:06}.png").write_bytes(content.tobytes())
