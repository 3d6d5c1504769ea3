"""`.keras` files that somebody made to do harm, or that are malformed."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cnncli.network.backend import load_keras
from tests.network.foreign import head, save

Config = dict[str, Any]


def layer(name: str, class_name: str = "ReLU", **config: Any) -> Config:
    return {
        "module": "keras.layers",
        "class_name": class_name,
        "config": {"name": name, **config},
        "registered_name": None,
    }


def chain(*layers: Config) -> Config:
    start = layer("input", "InputLayer", batch_shape=[None, 12, 12, 1])
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "chain", "layers": [start, *layers]},
        "registered_name": None,
    }


def nested(depth: int) -> Config:
    made = layer("inside")
    for _ in range(depth):
        made = {**chain(), "config": {"name": "s", "layers": [made]}}
    return made


CLASSES = [layer("mean", "GlobalAveragePooling2D"), layer("last", "Dense", units=2)]
CONFIGS: dict[str, Callable[[], Any]] = {
    "weights of 4 TB": lambda: chain(layer("flat", "Flatten"), layer("d", "Dense", units=10**10)),
    "weights of 4 GB that are not there": lambda: chain(
        layer("flat", "Flatten"), layer("d", "Dense", units=7_000_000)
    ),
    "50,000 layers": lambda: chain(*(layer(f"r{i}") for i in range(50_000))),
    "200 nested models": lambda: nested(200),
    "90 nested models": lambda: nested(90),
    "a million lists": lambda: chain(layer("r", x=[[] for _ in range(1_000_000)])),
    "31 MB of zeros": lambda: chain(layer("r", x=[0] * 15_000_000)),
    "a name of 3 MB": lambda: chain(layer("x" * 3_000_000), *CLASSES),
    "lists without end": lambda: "[" * 1_000_000,
}
RECORDS = {
    "a loss that is a network": {"class_name": "Sequential", "config": {"layers": []}},
    "a loss that is a function": {"class_name": "function", "config": "plot_model"},
}


def changed(source: Path, path: Path, members: dict[str, str]) -> Path:
    """A copy of a `.keras` file with members replaced, or added."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, members.get(name, old.read(name)))
        for name in members.keys() - set(old.namelist()):
            new.writestr(name, members[name])
    return path


def models(folder: Path) -> list[Path]:
    """Make one of each kind."""
    plain = save(folder / "plain.keras", head())
    made = []
    for name, make in CONFIGS.items():
        config = make()
        text = config if isinstance(config, str) else json.dumps(config)
        made.append(changed(plain, folder / f"{name}.keras", {"config.json": text}))
    for name, loss in RECORDS.items():
        record = json.dumps({"classes": ["a", "b"], "loss": loss})
        made.append(changed(plain, folder / f"{name}.keras", {"cnncli.json": record}))
    layers = load_keras().layers
    end = [layers.GlobalAveragePooling2D(), layers.Dense(2, activation="softmax")]
    up = layers.UpSampling2D(26_000)
    made.append(save(folder / "results of 400 GB.keras", [up, *end]))
    made.append(save(folder / "an image of 400 GB.keras", end, shape=(320_000, 320_000, 1)))
    bomb = folder / "a bomb.keras"
    made.append(changed(plain, bomb, {"assets/bomb": "0" * 300_000_000}))
    return made
