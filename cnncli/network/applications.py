"""The networks of `keras.applications`: whole with random weights, or as a layer of another."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnncli.errors import ModelError
from cnncli.network.backend import load_keras
from cnncli.network.numbering import own_names
from cnncli.network.parameters import DEFAULT_BOUND, deferred_weights
from cnncli.pretrained.weights import Weights

# Their constructors leave the input open; their documentation and their paper say 224 x 224.
_OPEN_INPUT = ("MobileNetV3Large", "MobileNetV3Small")


def build(name: str, *, max_params: int = DEFAULT_BOUND, weights: bool = True) -> Any:
    """Build a model of `keras.applications`, its weights seeded with 0."""
    keras = load_keras()
    keras.utils.set_random_seed(0)
    size = {"input_shape": (224, 224, 3)} if name in _OPEN_INPUT else {}
    with deferred_weights(max_params, initialize=weights) as bound:
        model = getattr(keras.applications, name)(weights=None, **size)
        params, _ = bound.total()
        if params > max_params:  # nothing has taken memory yet
            raise ModelError(
                f"{name} has {params:,} parameters; it may have {max_params:,}",
                hint="If that is meant, raise the bound with --max-params.",
            )
    return model


def backbone(
    name: str, arguments: Mapping[str, Any], shape: Sequence[int | None], *, imagenet: bool
) -> tuple[Any, Weights | None]:
    """Make a network of `keras.applications` that ends with its features, its weights random.

    With `imagenet`, it is as Keras makes it for these weights (some differ by a layer), and what
    Keras would fetch for it is returned as well. `shape` is that of an image. Raises ValueError
    for what Keras refuses.
    """
    asked: list[Weights] = []
    make = getattr(load_keras().applications, name)
    with own_names(), _answered(asked), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sizes that the weights were not trained at
        model = make(
            **arguments,
            include_top=False,
            input_shape=tuple(shape),
            weights="imagenet" if imagenet else None,
        )
    return model, asked[0] if asked else None


@contextlib.contextmanager
def _answered(asked: list[Weights]) -> Iterator[None]:
    """Let Keras's constructors say which file they want, and leave fetching and reading to us.

    Its own way has no time-out, and leaves half a file where it takes a whole one from.
    """
    from keras.src.models.model import Model
    from keras.src.utils import file_utils

    def get_file(fname: str, origin: str, file_hash: str | None = None, **others: Any) -> str:
        asked.append(Weights(fname, origin, file_hash))
        return fname

    own = file_utils.get_file, Model.load_weights
    file_utils.get_file, Model.load_weights = get_file, lambda *given, **named: None
    try:
        yield
    finally:
        file_utils.get_file, Model.load_weights = own
