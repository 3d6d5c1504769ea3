"""What `cnncli new` writes."""

from __future__ import annotations

import re

from cnncli.spec.yaml_text import scalar

_TEMPLATE = """\
# A convolutional neural network. Look at it with: cnncli summary {file}
# Check it while you write: cnncli validate {file}. Editors complete it: cnncli schema --help

name: {name}
description: A small network for colour images

params:                          # what you can set from the command line: -p classes=5
  input_shape: [128, 128, 3]     # height, width, channels (1 for greyscale, 3 for colour)
  classes: 2

input: $input_shape              # $name stands for a parameter
preprocess: standardize          # each image to mean 0 and variance 1; or rescale (0..1), or none

layers:
  # A layer is a class of Keras with its arguments; each takes the result of the one before.
  - Conv2D: {{filters: 16, kernel_size: 3, padding: same, activation: relu}}
  - MaxPooling2D                 # half the height and width
  - Conv2D: {{filters: 32, kernel_size: 3, padding: same, activation: relu}}
  - MaxPooling2D
  - Conv2D: {{filters: 64, kernel_size: 3, padding: same, activation: relu}}
  - GlobalAveragePooling2D       # one number for each of the 64 feature maps
  - Dropout: {{rate: 0.3}}         # against learning the images by heart
  - Dense: {{units: $classes, activation: softmax}}   # a probability for each class

training:                        # what `cnncli train` does; its options beat these values
  optimizer: {{Adam: {{learning_rate: 0.001}}}}
  epochs: 20
  batch_size: 32
  callbacks:
    - EarlyStopping: {{monitor: val_loss, patience: 5}}
"""
_NAME = re.compile(r"^name:.*$", re.MULTILINE)


def begin(name: str, file: str) -> str:
    """Return a first spec called `name`, for `file`, with a comment on everything in it."""
    return _TEMPLATE.format(name=scalar(name), file=file)


def copy_of(text: str, name: str) -> str:
    """Return the text of a spec under another name, its comments kept."""
    line = f"name: {scalar(name)}"
    if _NAME.search(text):
        return _NAME.sub(lambda _: line, text, count=1)
    return f"{line}\n{text}"
