"""One sentence on what a layer does."""

from __future__ import annotations

from collections.abc import Mapping

from cnncli.facts.summary import Layer
from cnncli.spec import catalog

_SENTENCES: Mapping[str, str] = {
    "InputLayer": "What comes in: height, width and channels of an image, for instance.",
    "block": "A block of the spec, with the sums of its layers.",
    "Conv": "Slides small windows of weights over the input; each of the filters gives one map.",
    "DepthwiseConv": "Slides a window of its own over each channel, and mixes no channels.",
    "SeparableConv": "Slides a window over each channel, then mixes the channels at each place.",
    "ConvTranspose": "Spreads each place of the input over a window: the map grows by the stride.",
    "MaxPooling": "Keeps the largest value of each window: the map shrinks, the strongest stays.",
    "AveragePooling": "Takes the mean of each window: the map shrinks and gets smoother.",
    "GlobalAveragePooling": "Takes the mean of each map: one number for each channel.",
    "GlobalMaxPooling": "Takes the largest value of each map: one number for each channel.",
    "Dense": "Each unit adds up all inputs, each times a weight of its own, and a bias.",
    "Flatten": "Writes all values of the maps into one row; no value changes.",
    "Reshape": "Arranges the values in another shape; no value changes.",
    "Dropout": "In training sets a random part of the values to 0; in use it does nothing.",
    "SpatialDropout": "In training sets random whole maps to 0; in use it does nothing.",
    "BatchNormalization": "Brings each channel to mean 0 and variance 1, then to a learned scale.",
    "LayerNormalization": "Brings each image to mean 0 and variance 1, then to a learned scale.",
    "GroupNormalization": "Brings groups of channels to mean 0 and variance 1, then scales them.",
    "ReLU": "Sets what is negative to 0.",
    "LeakyReLU": "Makes what is negative small, and keeps the rest.",
    "Activation": "Applies a function to each value.",
    "Softmax": "Turns numbers into probabilities that sum to 1.",
    "Add": "Adds the inputs, place by place.",
    "Subtract": "Subtracts the second input from the first, place by place.",
    "Multiply": "Multiplies the inputs, place by place.",
    "Average": "Takes the mean of the inputs, place by place.",
    "Maximum": "Keeps the larger of the inputs, place by place.",
    "Minimum": "Keeps the smaller of the inputs, place by place.",
    "Concatenate": "Puts the maps of the inputs behind one another.",
    "ZeroPadding": "Puts rows and columns of zeros around the map.",
    "Cropping": "Cuts rows and columns off the edges of the map.",
    "UpSampling": "Repeats or blends values, so that the map grows.",
    "Rescaling": "Multiplies each value by a number and adds another.",
    "Identity": "Gives what it takes.",
}


def explanation(layer: Layer) -> str:
    """Return one sentence on what a layer does: ours, or Keras's own; "" where there is none."""
    if layer.layers:
        return "A network of its own, with the sums of its layers."
    stem = layer.type
    for ending in ("1D", "2D", "3D"):
        stem = stem.replace(ending, "")
    if stem in _SENTENCES:
        return _SENTENCES[stem]
    if layer.type.startswith("ops."):
        return catalog.description("op", layer.type.removeprefix("ops."))
    return catalog.description("layer", layer.type)
