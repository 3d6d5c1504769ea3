"""What `train` is told: which network, its recipe, and what becomes of the run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ArchOption = Annotated[
    str | None,
    typer.Option(
        "--arch", "-a", metavar="ARCH", help="The network; else that of --init RUN, else lesson."
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="RUN", help="The run directory; else runs/NAME-DATE-TIME."),
]
EpochsOption = Annotated[
    int | None,
    typer.Option("--epochs", min=1, metavar="N", help="Epochs in all; else the spec's, else 10."),
]
BatchSizeOption = Annotated[
    int | None,
    typer.Option(
        "--batch-size", min=1, metavar="N", help="Images in a step; else the spec's, else 32."
    ),
]
SeedOption = Annotated[
    int | None,
    typer.Option(
        "--seed",
        min=0,
        metavar="N",
        help="Decides first weights, order of images and dropout; else the spec's, else 0.",
    ),
]
ClassWeightOption = Annotated[
    str | None, typer.Option(metavar="VALUE", help="balanced, or '{CLASS: WEIGHT}'.")
]
KeepOption = Annotated[
    str | None,
    typer.Option(
        metavar="FIGURE",
        help="Keep the epoch that is best by this figure of the history, or last; else val_loss.",
    ),
]
RateOption = Annotated[
    float | None,
    typer.Option(
        "--learning-rate", min=0, metavar="RATE", help="Learning rate; else that of the optimizer."
    ),
]
OptimizerOption = Annotated[
    str | None,
    typer.Option(
        "--optimizer",
        metavar="THING",
        help="As in a spec: 'SGD: {momentum: 0.9}'; else the spec's, else Adam.",
    ),
]
LossOption = Annotated[
    str | None,
    typer.Option(
        "--loss",
        metavar="THING",
        help="As in a spec; else the spec's, else cross-entropy, binary for one output.",
    ),
]
EarlyStoppingOption = Annotated[
    int | None,
    typer.Option(
        "--early-stopping",
        min=1,
        metavar="N",
        help="Stop after N epochs without a better val_loss.",
    ),
]
AugmentOption = Annotated[
    str | None,
    typer.Option(
        "--augment", metavar="THINGS", help="As in a spec: 'RandomFlip', '[RandomZoom: ...]'."
    ),
]
FreezeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--freeze", metavar="LAYER", help="Do not train this layer; * stands for any text."
    ),
]
PretrainedOption = Annotated[
    bool,
    typer.Option(
        "--pretrained",
        help="With --arch applications:NAME: its ImageNet weights, frozen, and a new head.",
    ),
]
InitOption = Annotated[
    str | None,
    typer.Option(
        "--init",
        metavar="FILE",
        help="Begin with these weights: RUN, .keras, .weights.h5. From a RUN come its network, "
        "images and split as well, where they are not given.",
    ),
]
PositiveOption = Annotated[
    str | None,
    typer.Option("--positive", metavar="CLASS", help="Which of two classes counts as positive."),
]
NoAdaptOption = Annotated[
    bool, typer.Option("--no-adapt", help="A last layer that does not fit is an error.")
]
SaveEveryOption = Annotated[
    float,
    typer.Option(
        "--save-every", min=0, metavar="SECONDS", help="Save within long epochs this often."
    ),
]
TensorBoardOption = Annotated[
    bool, typer.Option("--tensorboard", help="Write logs for TensorBoard into the run.")
]
NoTestOption = Annotated[
    bool,
    typer.Option(
        "--no-test", help="Leave the test part alone, for a choice between runs is still to come."
    ),
]
