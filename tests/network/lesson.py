"""The model as the lesson's own Python code builds it, line for line.

From "Introduction to artificial neural networks in Python", The Carpentries Incubator (CC BY 4.0).
"""

from __future__ import annotations

# ruff: noqa: I001


def lesson_model():
    from tensorflow.random import set_seed
    from keras.layers import Dense, Dropout, Conv2D, MaxPool2D, Input, GlobalAveragePooling2D
    from keras.models import Model

    set_seed(42)
    inputs = Input(shape=(256, 256, 1))
    x = Conv2D(filters=8, kernel_size=3, padding="same", activation="relu")(inputs)
    x = MaxPool2D()(x)
    x = Conv2D(filters=8, kernel_size=3, padding="same", activation="relu")(x)
    x = MaxPool2D()(x)
    x = Conv2D(filters=12, kernel_size=3, padding="same", activation="relu")(x)
    x = MaxPool2D()(x)
    x = Conv2D(filters=12, kernel_size=3, padding="same", activation="relu")(x)
    x = MaxPool2D()(x)
    x = Conv2D(filters=20, kernel_size=5, padding="same", activation="relu")(x)
    x = MaxPool2D()(x)
    x = Conv2D(filters=20, kernel_size=5, padding="same", activation="relu")(x)
    x = MaxPool2D()(x)
    x = Conv2D(filters=50, kernel_size=5, padding="same", activation="relu")(x)
    x = GlobalAveragePooling2D()(x)
    x = Dense(128, activation="relu")(x)
    x = Dropout(0.6)(x)
    x = Dense(32, activation="relu")(x)
    outputs = Dense(1, activation="sigmoid")(x)
    return Model(inputs=inputs, outputs=outputs)
