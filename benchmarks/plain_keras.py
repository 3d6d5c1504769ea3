"""What an expert would write with Keras for the whole job; job.py measures cnncli against it.

    python plain_keras.py DATA OUT [--cache] [--epochs N] [--seed N]

DATA holds train, validation and test folders with a folder for each class. The network and its
recipe are the lesson's.
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


def network() -> keras.Model:
    layers = keras.layers
    inputs = keras.Input((256, 256, 1))
    x = inputs
    for filters, size in ((8, 3), (8, 3), (12, 3), (12, 3), (20, 5), (20, 5)):
        x = layers.Conv2D(filters, size, padding="same", activation="relu")(x)
        x = layers.MaxPool2D()(x)
    x = layers.Conv2D(50, 5, padding="same", activation="relu")(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(128, activation="relu")(x)
    x = layers.Dropout(0.6)(x)
    x = layers.Dense(32, activation="relu")(x)
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))


def part(folder: Path, *, shuffle: bool, cache: bool) -> tf.data.Dataset:
    images = keras.utils.image_dataset_from_directory(
        folder, label_mode="binary", color_mode="grayscale", image_size=(256, 256), batch_size=16,
        shuffle=shuffle, verbose=False,
    )  # fmt: skip
    standardized = images.map(
        lambda x, y: (tf.image.per_image_standardization(x), y), num_parallel_calls=tf.data.AUTOTUNE
    )
    return (standardized.cache() if cache else standardized).prefetch(tf.data.AUTOTUNE)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--cache", action="store_true")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(given.seed)
    train = part(given.data / "train", shuffle=True, cache=given.cache)
    validation = part(given.data / "validation", shuffle=False, cache=given.cache)
    test = part(given.data / "test", shuffle=False, cache=False)
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
    print(classification_report(truth, chance > 0.5), roc_auc_score(truth, chance))
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
