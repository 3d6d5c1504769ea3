"""What happens to an image before a network of somebody else's, which its file does not say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.errors import ModelError

if TYPE_CHECKING:
    import numpy as np

    from cnncli.spec.application_families import Scaling

# Of ImageNet, for values of 0..1 (red, green, blue) and of 0..255 (blue, green, red).
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_MEAN_BGR = (103.939, 116.779, 123.68)
OPTIONS = "--input-range LO,HI, --standardize or --prepare FAMILY"


@dataclass(frozen=True)
class Preparation:
    """How a network is fed and read: `input_range` are the values of its inputs, `standardize`
    each image by itself, `family` as one of `keras.applications`; with `logits` its outputs are no
    probabilities yet.
    """

    input_range: tuple[float, float] | None = None
    standardize: bool = False
    family: str | None = None
    logits: bool = False

    @property
    def feeds(self) -> bool:
        """Whether it says anything of the inputs."""
        return self.input_range is not None or self.standardize or self.family is not None


def _scaling(family: str | None) -> Scaling:
    if family is None:
        return "none"
    from cnncli.spec.application_families import FAMILIES

    return FAMILIES[family]


def layer_arguments(preparation: Preparation) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the layers that prepare images of 0..255, with their arguments.

    "flip" stands for the function of `keras.ops`, along the last axis.
    """
    scaling = _scaling(preparation.family)
    if preparation.input_range not in (None, (0.0, 255.0)):
        low, high = preparation.input_range
        yield "Rescaling", {"scale": (high - low) / 255, "offset": low}
    elif preparation.standardize:
        from cnncli.network.preprocessing import arguments_of

        yield "LayerNormalization", arguments_of("standardize")
    elif scaling == "tf":
        yield "Rescaling", {"scale": 1 / 127.5, "offset": -1.0}
    elif scaling == "torch":
        yield "Rescaling", {"scale": 1 / 255}
        variance = [each**2 for each in _DEVIATION]
        yield "Normalization", {"mean": list(_MEAN), "variance": variance}
    elif scaling == "caffe":
        yield "flip", {}
        yield "Normalization", {"mean": list(_MEAN_BGR), "variance": [1.0] * 3}


def fed(images: np.ndarray, preparation: Preparation) -> np.ndarray:
    """Return images of 0..255 (float32, N x H x W x C) as a network of others takes them.

    For networks that no layer can be put in front of, as `preparing.prepared` does; raises
    ModelError as that does.
    """
    import numpy as np

    scaling = _scaling(preparation.family)
    if scaling in ("torch", "caffe") and images.shape[-1] != 3:
        raise ModelError(
            f"--prepare {preparation.family} is for 3 channels; this network takes "
            f"{images.shape[-1]}"
        )
    if preparation.input_range is not None:
        low, high = preparation.input_range
        images = images * np.float32((high - low) / 255) + np.float32(low)
    elif preparation.standardize:
        from cnncli.network.preprocessing import arguments_of

        axes, least = (1, 2, 3), arguments_of("standardize")["epsilon"]
        centred = images - images.mean(axis=axes, keepdims=True)
        images = centred / np.sqrt((centred**2).mean(axis=axes, keepdims=True) + least)
    elif scaling == "tf":
        images = images / np.float32(127.5) - 1
    elif scaling == "torch":
        images = (images / np.float32(255) - np.array(_MEAN)) / np.array(_DEVIATION)
    elif scaling == "caffe":
        images = images[..., ::-1] - np.array(_MEAN_BGR)
    return images.astype(np.float32)
