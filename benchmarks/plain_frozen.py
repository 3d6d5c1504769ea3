"""What an expert would write with Keras for a new head; frozen.py measures cnncli against it.

    python plain_frozen.py DATA OUT [--epochs N]

DATA holds train, validation and test folders with a folder for each class. MobileNetV2 at 224
pixels is frozen and stands in the network; the decoded images are cached in memory.
"""

import argparse
from pathlib import Path

import keras
import matplotlib
import numpy as np
import tensorflow as tf

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from sklearn.metrics import ConfusionMatrixDisplay, classification_report, roc_auc_score

SIDE = 224


def network() -> keras.Model:
    base = keras.applications.MobileNetV2(
        weights=None, include_top=False, pooling="avg", input_shape=(SIDE, SIDE, 3)
    )
    base.trainable = False
    inputs = keras.Input((SIDE, SIDE, 3))
    x = keras.applications.mobilenet_v2.preprocess_input(inputs)
    x = base(x, training=False)
    x = keras.layers.Dropout(0.2)(x)
    return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))


def part(folder: Path, *, shuffle: bool) -> tf.data.Dataset:
    images = keras.utils.image_dataset_from_directory(
        folder, label_mode="binary", image_size=(SIDE, SIDE), batch_size=32, shuffle=shuffle,
        verbose=False,
    )  # fmt: skip
    return images.cache().prefetch(tf.data.AUTOTUNE)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=10)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(1)
    train = part(given.data / "train", shuffle=True)
    validation = part(given.data / "validation", shuffle=False)
    test = part(given.data / "test", shuffle=False)
    model = network()
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    best = given.out / "best.keras"
    keep = keras.callbacks.ModelCheckpoint(best, monitor="val_loss", save_best_only=True)
    history = model.fit(
        train, validation_data=validation, epochs=given.epochs, callbacks=[keep], verbose=2
    ).history

    model = keras.models.load_model(best)
    truth = np.concatenate([y.numpy() for _, y in test]).ravel().astype(int)
    chance = model.predict(test, verbose=0).ravel()
    print(classification_report(truth, chance > 0.5, zero_division=0), roc_auc_score(truth, chance))
    figure, axes = plt.subplots(1, 2, figsize=(9, 4))
    for axis, name in zip(axes, ("loss", "accuracy"), strict=True):
        axis.plot(history[name], label="training")
        axis.plot(history[f"val_{name}"], label="validation")
        axis.legend()
    figure.savefig(given.out / "curves.png")
    ConfusionMatrixDisplay.from_predictions(truth, chance > 0.5)
    plt.savefig(given.out / "confusion.png")


if __name__ == "__main__":
    main()
