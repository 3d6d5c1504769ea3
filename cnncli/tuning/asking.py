"""What to try next, and what to give up: Optuna's answers, a function of the seed alone.

Trials under way at a time, their order of ending and kills change nothing: a trial is asked for
when all trials but the last WINDOW - 1 are told, they are told in order, and a sampler is made
anew for each question. Optuna's own way of several processes is not reproducible (its issues
3056 and 4412).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnncli.tuning.studies import Plan, Study

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

WINDOW = 4  # trials that may be under way at a time
DRAWS = 8  # before one of all values that are left is tried
AT_RANDOM = 5  # trials before the sampler learns from them
_NAME = "cnncli"


@dataclass(frozen=True)
class Ended:
    """How a trial ended: "finished", "pruned" or "failed", with the metric of its epochs.

    `epoch` is the one that is kept, from 1 on; `why` it failed.
    """

    state: str
    values: tuple[float, ...] = ()
    epoch: int | None = None
    why: str | None = None

    @property
    def value(self) -> float | None:
        return self.values[self.epoch - 1] if self.epoch is not None else None


@dataclass(frozen=True)
class Trial:
    """A trial that was asked for: its number from 1 on, its values by path, how it ended."""

    number: int
    values: Mapping[str, Any]
    ended: Ended | None


class Asking:
    """The journal of a study, open for this process alone."""

    def __init__(self, study: Study, plan: Plan, space: Mapping[str, BaseDistribution]) -> None:
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        self._plan, self._space = plan, dict(space)
        which = optuna.study.StudyDirection
        self._direction = which.MAXIMIZE if plan.largest else which.MINIMIZE
        _mend(study)
        journal = str(study.journal.absolute())
        backend = JournalFileBackend(journal, JournalFileOpenLock(journal))
        self._storage = JournalStorage(backend)
        self._study = optuna.create_study(
            study_name=_NAME,
            storage=self._storage,
            direction=self._direction,
            load_if_exists=True,
        )

    def trials(self) -> list[Trial]:
        """Return all trials that were asked for, in order."""
        return [_trial(each) for each in self._frozen()]

    def may_ask(self) -> bool:
        """Whether it is time for the next question."""
        asked, told = self._counts()
        return asked < self._plan.trials and told >= asked - WINDOW + 1

    def may_tell(self) -> int | None:
        """Return the number of the trial whose end is told next; None where it is too early."""
        asked, told = self._counts()
        due = told < asked and (asked == self._plan.trials or told <= asked - WINDOW)
        return told + 1 if due else None

    def ask(self) -> Trial:
        """Draw the values of the next trial, and write them down at once."""
        import optuna

        number = len(self._frozen())
        drawn = self._drawn()
        trial = optuna.create_trial(
            state=optuna.trial.TrialState.RUNNING,
            params=drawn.params,
            distributions=drawn.distributions,
        )
        self._study.add_trial(trial)
        return Trial(number + 1, drawn.params, None)

    def tell(self, number: int, ended: Ended) -> None:
        """Write down how a trial ended."""
        from optuna.trial import TrialState

        storage, states = self._storage, TrialState
        study = storage.get_study_id_from_name(_NAME)
        trial = storage.get_trial_id_from_study_id_trial_number(study, number - 1)
        for epoch, reported in enumerate(ended.values, start=1):
            storage.set_trial_intermediate_value(trial, epoch, reported)
        storage.set_trial_user_attr(trial, "epoch", ended.epoch)
        storage.set_trial_user_attr(trial, "why", ended.why)
        state = {"finished": states.COMPLETE, "pruned": states.PRUNED, "failed": states.FAIL}
        value = ended.value
        values = [value] if value is not None and ended.state != "failed" else None
        storage.set_trial_state_values(trial, state[ended.state], values)

    def gives_up(self, number: int, values: Sequence[float], epochs: int) -> int | None:
        """Return the epoch after which a trial is given up; None where it is not.

        Decided by `values`, the metric of its epochs so far, and by the trials that were told
        before this one was asked for; never after the first epoch, nor after the last.
        """
        from optuna.pruners import MedianPruner
        from optuna.trial import TrialState, create_trial

        known = [each for each in self._frozen() if each.number < number - WINDOW]
        judge = self._in_memory(known)
        pruner = MedianPruner(n_startup_trials=WINDOW, n_warmup_steps=2)
        for epoch in range(1, min(len(values), epochs - 1) + 1):
            so_far = dict(enumerate(values[:epoch], start=1))
            trial = create_trial(state=TrialState.RUNNING, intermediate_values=so_far)
            if pruner.prune(judge, trial):
                return epoch
        return None

    def importances(self) -> dict[str, float]:
        """Return how much of what differs between good and bad trials is due to each path.

        By PED-ANOVA (Watanabe et al. 2023), in parts of 1; empty where the trials are too few.
        """
        from optuna import importance

        done = [each for each in self.trials() if each.ended and each.ended.state == "finished"]
        if len({each.ended.value for each in done if each.ended}) < 2:
            return {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return dict(importance.get_param_importances(self._study))

    def _counts(self) -> tuple[int, int]:
        trials = self._frozen()
        return len(trials), sum(each.state.is_finished() for each in trials)

    def _frozen(self) -> list[FrozenTrial]:
        return self._study.get_trials(deepcopy=False)

    def _drawn(self) -> optuna.Trial:
        """Draw values, of whole numbers and choices some that no trial before has.

        A study in memory draws: a kill among the values of a trial leaves none of them.
        """
        from optuna.distributions import FloatDistribution
        from optuna.samplers import BruteForceSampler

        before = self._frozen()
        tried = [each.params for each in before]
        is_endless = any(isinstance(each, FloatDistribution) for each in self._space.values())
        for attempt in range(DRAWS):
            sampler = self._sampler(len(before), attempt)
            drawn = self._in_memory(before, sampler).ask(self._space)
            if is_endless or drawn.params not in tried:
                return drawn
        rest = BruteForceSampler(seed=self._seed(len(before)))
        return self._in_memory(before, rest).ask(self._space)

    def _sampler(self, number: int, attempt: int) -> optuna.samplers.BaseSampler:
        from optuna.samplers import TPESampler

        again = [attempt] if attempt else []
        return TPESampler(seed=self._seed(number, *again), n_startup_trials=AT_RANDOM)

    def _seed(self, *numbers: int) -> int:
        import numpy as np

        return int(np.random.SeedSequence([self._plan.seed, *numbers]).generate_state(1)[0])

    def _in_memory(
        self, trials: Sequence[FrozenTrial], sampler: optuna.samplers.BaseSampler | None = None
    ) -> optuna.Study:
        import optuna

        made = optuna.create_study(direction=self._direction, sampler=sampler)
        made.add_trials(trials)
        return made


def _trial(frozen: FrozenTrial) -> Trial:
    from optuna.trial import TrialState

    states = TrialState
    names = {states.COMPLETE: "finished", states.PRUNED: "pruned", states.FAIL: "failed"}
    ended = None
    if frozen.state in names:
        reported = frozen.intermediate_values
        values = tuple(reported[epoch] for epoch in sorted(reported))
        attributes = frozen.user_attrs
        ended = Ended(names[frozen.state], values, attributes["epoch"], attributes["why"])
    return Trial(frozen.number + 1, frozen.params, ended)


def _mend(study: Study) -> None:
    """Remove what a kill leaves: half a line, and the lock of a process that is gone.

    No other process is here: the folder is locked.
    """
    study.journal.with_name(study.journal.name + ".lock").unlink(missing_ok=True)
    if not study.journal.exists():
        return
    with study.journal.open("r+b") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)
