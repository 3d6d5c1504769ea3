"""Objects of Keras made of a spec."""

from __future__ import annotations

import keras
import pytest

from cnncli.network.objects import make
from cnncli.spec.graph import Position, Thing

SCHEDULES = {
    "CosineDecay": {"initial_learning_rate": 1, "decay_steps": 10, "alpha": 0},
    "CosineDecayRestarts": {"initial_learning_rate": 1, "first_decay_steps": 4, "m_mul": 1},
    "ExponentialDecay": {"initial_learning_rate": 2, "decay_steps": 10, "decay_rate": 1},
    "InverseTimeDecay": {"initial_learning_rate": 1, "decay_steps": 10, "decay_rate": 1},
    "PiecewiseConstantDecay": {"boundaries": [3, 5], "values": [1, 0.5, 0]},
    "PolynomialDecay": {"initial_learning_rate": 1, "decay_steps": 10, "end_learning_rate": 0},
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_whole_numbers_are_rates_in_every_schedule(name: str) -> None:
    arguments = SCHEDULES[name]
    schedule = make(Thing(name, arguments, Position(1, 1)), "schedule")
    pointed = {
        key: [float(v) for v in value]
        if key == "values"
        else float(value)
        if isinstance(value, int)
        else value
        for key, value in arguments.items()
    }
    expected = getattr(keras.optimizers.schedules, name)(**pointed)
    for step in (0, 1, 4, 9, 12):
        assert float(schedule(step)) == pytest.approx(float(expected(step)), abs=1e-7)


def test_every_schedule_of_keras_is_tried() -> None:
    made = {
        name
        for name, value in vars(keras.optimizers.schedules).items()
        if isinstance(value, type) and name != "LearningRateSchedule"
    }
    assert made == set(SCHEDULES)
