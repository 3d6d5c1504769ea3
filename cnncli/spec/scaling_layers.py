"""Layers of Keras's that bring values to another scale, and those that may stand before them."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Layers of Keras's own behind which values are of one scale, whatever they were before, and
# (with functions of keras.ops) those that bring them to another one.
NORMALIZING = _words("""
    BatchNormalization LayerNormalization GroupNormalization UnitNormalization Normalization
    RMSNormalization
    """)
SCALING = NORMALIZING | _words("""
    Rescaling Subtract Multiply Divide TrueDivide Discretization CategoryEncoding IntegerLookup
    Embedding
    """)
# Layers that may stand before them: what leaves them is as large as what enters.
ON_THE_WAY = _words("""
    InputLayer Identity Resizing CenterCrop Cropping2D ZeroPadding2D Permute Reshape Flip GetItem
    Flatten Cast MaxPooling2D AveragePooling2D UpSampling2D Dropout SpatialDropout2D
    GaussianDropout RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast
    RandomCrop RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale
    RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation
    RandomSharpness RandomShear RandomTranslation RandomZoom
    """)
# A Rescaling by less than this is for values of 0..255; those of 0..1 would be next to nothing.
FOR_PIXELS = 0.1
