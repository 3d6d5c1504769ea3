"""What a study tries: the same whatever runs at a time and whenever the coordinator is killed."""

from __future__ import annotations

import itertools
import math
import random
from pathlib import Path

import optuna
import pytest

from cnncli.commands.tune import MOST_JOBS
from cnncli.tuning import vary
from cnncli.tuning.asking import WINDOW, Asking, Ended, Trial
from cnncli.tuning.studies import Plan, Study

VARIED = ("layers[0].filters=4..64 log", "rate=1e-4..1e-1 log", "size=16|32|64")
EPOCHS = 6


def plan_of(
    trials: int = 14,
    seed: int = 3,
    metric: str = "val_loss",
    varied: tuple[str, ...] = VARIED,
) -> Plan:
    return Plan(trials, metric, varied, "images", (), "/", 1, seed)


def opened(folder: Path, plan: Plan) -> Asking:
    folder.mkdir(exist_ok=True)
    space = {each.path: each.distribution() for each in vary.read(plan.vary)}
    return Asking(Study(folder), plan, space)


def trained(trial: Trial) -> list[float]:
    """Return a made-up metric of each epoch: a function of the values alone."""
    rate, filters = float(trial.values["rate"]), trial.values["layers[0].filters"]
    end = abs(math.log10(rate) + 2.5) + 3 / filters + int(trial.values["size"]) / 100
    return [end + 2 / epoch for epoch in range(1, EPOCHS + 1)]


def ended(asking: Asking, trial: Trial) -> Ended:
    values = trained(trial)
    epoch = asking.gives_up(trial.number, values, EPOCHS)
    if epoch is not None:
        return Ended("pruned", tuple(values[:epoch]), epoch)
    if trial.number == 3:
        return Ended("failed", (), None, "made to fail")
    return Ended("finished", tuple(values), EPOCHS)


def led(folder: Path, plan: Plan, jobs: int, chance: random.Random | None = None) -> list[Trial]:
    """Lead a study with so many trials at a time, which end in any order; kill it now and then."""
    asking, done = opened(folder, plan), dict[int, Ended]()
    while True:
        trials = asking.trials()
        under_way = [each for each in trials if each.ended is None and each.number not in done]
        number = asking.may_tell()
        if number in done:
            asking.tell(number, done.pop(number))
        elif asking.may_ask() and len(under_way) < jobs:
            asking.ask()
        elif under_way:
            trial = chance.choice(under_way) if chance else under_way[0]
            done[trial.number] = ended(asking, trial)
        else:
            return trials
        if chance and chance.random() < 0.3:
            with Study(folder).journal.open("ab") as journal:
                journal.write(b'{"op_code":4,"half')
            Study(folder).journal.with_name("optuna.journal.lock").touch()
            asking, done = opened(folder, plan), {}


@pytest.fixture(scope="module")
def left_alone(tmp_path_factory: pytest.TempPathFactory) -> list[Trial]:
    return led(tmp_path_factory.mktemp("studies") / "alone", plan_of(), 1)


def test_a_study_learns_and_gives_up(left_alone: list[Trial]) -> None:
    states = [each.ended.state for each in left_alone if each.ended]
    assert len(states) == 14 and {*states} == {"finished", "pruned", "failed"}
    assert states.index("pruned") > WINDOW


@pytest.mark.parametrize(("jobs", "seed"), [*itertools.product((1, 2, 3, 4), (1, 2))])
def test_jobs_order_and_kills_change_nothing(
    left_alone: list[Trial], tmp_path: Path, jobs: int, seed: int
) -> None:
    assert led(tmp_path / "study", plan_of(), jobs, random.Random(seed)) == left_alone


FEW = ("layers[0].filters=4..6 log", "rate=0.01|0.1", "size=16|32")


@pytest.mark.parametrize(("trials", "seed"), [(9, 3), (12, 0)])
def test_no_combination_is_tried_twice(tmp_path: Path, trials: int, seed: int) -> None:
    plan = plan_of(trials, seed, varied=FEW)
    alone = led(tmp_path / "alone", plan, 1)
    tried = [tuple(each.values[path] for path in each.values) for each in alone]
    assert len({*tried}) == trials == len(tried)
    for jobs in (2, 4):
        assert led(tmp_path / f"killed-{jobs}", plan, jobs, random.Random(jobs)) == alone


def test_another_seed_tries_other_values(left_alone: list[Trial], tmp_path: Path) -> None:
    other = led(tmp_path / "study", plan_of(4, seed=4), 1)
    assert all(one.values != two.values for one, two in zip(other, left_alone, strict=False))


def test_optuna_reads_the_journal(tmp_path: Path) -> None:
    ours = led(tmp_path / "study", plan_of(6), 2)
    backend = optuna.storages.journal.JournalFileBackend(str(tmp_path / "study/optuna.journal"))
    study = optuna.load_study(study_name=None, storage=optuna.storages.JournalStorage(backend))
    assert [each.params for each in study.trials] == [each.values for each in ours]
    finished = [each for each in ours if each.ended and each.ended.state == "finished"]
    best = min(finished, key=lambda each: each.ended.value if each.ended else 0)
    assert study.best_trial.number == best.number - 1
    assert study.best_value == trained(best)[-1]


def test_a_larger_figure_is_better_where_its_name_says_so(tmp_path: Path) -> None:
    asking = opened(tmp_path / "study", plan_of(9, metric="val_accuracy"))
    for _ in range(8):
        trial = asking.ask()
        if (number := asking.may_tell()) is not None:
            asking.tell(number, Ended("finished", (0.5, 0.6, 0.7), 3))
        assert trial.number
    assert asking.gives_up(9, [0.1, 0.2, 0.3], 4) == 2
    assert asking.gives_up(9, [0.1, 0.9, 0.9], 4) is None
    assert asking.gives_up(4, [0.1, 0.2, 0.3], 4) is None  # knows of no other


def test_as_many_at_a_time_as_may_be_under_way() -> None:
    assert MOST_JOBS == WINDOW
