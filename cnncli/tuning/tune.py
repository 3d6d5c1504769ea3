"""The trials of a study from the first question to the last answer."""

from __future__ import annotations

import errno
import os
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cnncli.errors import CnncliError, ExitCode, Terminated, UsageError
from cnncli.process import how_it_ended
from cnncli.runs import tables
from cnncli.runs.directory import FINISHED, STOPPED_EARLY, is_run
from cnncli.runs.keep import Keep, kept
from cnncli.tuning import vary
from cnncli.tuning.asking import WINDOW, Asking, Ended, Trial
from cnncli.tuning.nursery import Workers, workers
from cnncli.tuning.studies import Plan, Study
from cnncli.tuning.trials import best_of

WAIT = 0.05  # seconds between two looks at the trials
_MOST_LOST = 3  # kills by others after which a trial is not begun again
FAILED = "failed"


@dataclass(frozen=True)
class Hooks:
    """What is told meanwhile: a trial begins; how it ended; a line that it said.

    Of one that ended it is told as well whether it is the best so far.
    """

    began: Callable[[Trial], None]
    ended: Callable[[Trial, bool], None]
    said: Callable[[int, str], None]


def run_all(study: Study, plan: Plan, jobs: int, hooks: Hooks) -> Asking:
    """Run the trials that are not told yet, `jobs` at a time.

    Each is a process with the same number of threads, so that neither `jobs` nor a stop changes
    a bit. Ctrl-C and SIGTERM are handed on to all, and raised here when they have saved.
    """
    space = {each.path: each.distribution() for each in vary.read(plan.vary)}
    asking = Asking(study, plan, space)
    if len(asking.trials()) == plan.trials and all(each.ended for each in asking.trials()):
        return asking
    environment = {**os.environ, "TF_NUM_INTRAOP_THREADS": str(plan.threads)}
    crew = workers(environment, plan.folder)
    try:
        # Not on the disk of the study: where that is full, a trial says so.
        with tempfile.TemporaryDirectory() as talk:
            _Course(study, plan, jobs, hooks, asking, crew, Path(talk)).run()
    finally:
        crew.close()
    return asking


@dataclass
class _Course:
    """A study under way: the trials that are asked for and not told."""

    study: Study
    plan: Plan
    jobs: int
    hooks: Hooks
    asking: Asking
    crew: Workers
    talk: Path  # where it is kept what trials under way say
    waiting: list[Trial] = field(default_factory=list)
    running: dict[int, Trial] = field(default_factory=dict)
    given_up: set[int] = field(default_factory=set)
    advice: str | None = None  # of the last one that could not begin
    ended: dict[int, Ended] = field(default_factory=dict)
    lost: dict[int, int] = field(default_factory=dict)
    heard: set[str] = field(default_factory=set)
    seen: dict[int, int] = field(default_factory=dict)  # when its history last changed, in ns

    def run(self) -> None:
        known = self.asking.trials()
        self.waiting = [each for each in known if each.ended is None]
        told = len(known) - len(self.waiting)
        try:
            while told < self.plan.trials:
                told += self._tell_and_ask()
                self._start()
                time.sleep(WAIT)
                for number, code in self.crew.ended().items():
                    self._take(self.running.pop(number), code)
                self._give_up()
        except (KeyboardInterrupt, Terminated) as stop:
            self._stop(signal.SIGTERM if isinstance(stop, Terminated) else signal.SIGINT)
            raise

    def _tell_and_ask(self) -> int:
        """Tell how trials ended, and ask for the next ones, in an order that is always the same."""
        told = 0
        while True:
            number = self.asking.may_tell()
            if number is not None and number in self.ended:
                self._tell(number, self.ended.pop(number))
                told += 1
            elif self.asking.may_ask() and len(self.waiting) + len(self.running) < self.jobs:
                self.waiting.append(self.asking.ask())
            else:
                return told

    def _tell(self, number: int, ended: Ended) -> None:
        self.asking.tell(number, ended)
        trials = self.asking.trials()
        best = best_of(self.plan, trials)
        self.hooks.ended(trials[number - 1], best is not None and best.number == number)
        first = [each.ended for each in trials[:WINDOW] if each.ended is not None]
        enough = len(first) == min(WINDOW, self.plan.trials)
        if enough and all(each.state == FAILED for each in first):
            raise CnncliError(
                f"{self.study.path}: every one of the first {len(first)} trials failed, the last "
                f"one: {first[-1].why}",
                hint=self.advice,
            )

    def _start(self) -> None:
        while self.waiting and len(self.running) < self.jobs:
            trial = self.waiting.pop(0)
            ended = self._judged(trial.number)
            if ended is not None:  # it had come to its end, and was not told yet
                self.ended[trial.number] = ended
                continue
            self.study.clear(trial.number)
            self.hooks.began(trial)
            self._said(trial.number).unlink(missing_ok=True)
            self.crew.start(trial.number, self._words(trial), self._said(trial.number))
            self.running[trial.number] = trial

    def _words(self, trial: Trial) -> list[str]:
        """Return the command line that begins a trial, or goes on with it."""
        place = self.study.run(trial.number).path.absolute()
        if is_run(place):
            return ["train", f"--resume={place}", "--quiet"]
        values = [f"--set={path}={vary.text(value)}" for path, value in trial.values.items()]
        ours = [f"--out={place}", "--no-test", "--quiet"]
        return ["train", *self.study.options(self.plan), *values, *ours, "--", self.plan.data]

    def _give_up(self) -> None:
        for number in self.running.keys() - self.given_up:
            if self._has_more(number) and self._pruned(number) is not None:
                self.given_up.add(number)
                self.crew.send(number, signal.SIGTERM)

    def _has_more(self, number: int) -> bool:
        """Whether the history of a trial has changed since this was asked last."""
        try:
            changed = self.study.run(number).history.stat().st_mtime_ns
        except FileNotFoundError:
            return False
        before, self.seen[number] = self.seen.get(number), changed
        return changed != before

    def _take(self, trial: Trial, code: int) -> None:
        """Take in that the process of a trial has ended."""
        number = trial.number
        lines = self._lines(number)
        ended = self._judged(number)
        is_full = any(os.strerror(errno.ENOSPC) in line for line in lines)
        is_begun = is_run(self.study.run(number).path)
        if ended is None and not is_begun and code in (1, 2) and not is_full:
            ended = Ended(FAILED, why=_fault(lines) or f"exit code {code}")
            self.advice = _advice(lines)
        if ended is not None:
            if ended.state == "finished":
                self._say(number, lines)
            self.ended[number] = ended
        elif code < 0 or code in (ExitCode.TERMINATED, ExitCode.INTERRUPTED):
            self._lose(trial, code)
        else:
            self._say(number, lines, again=True)
            raise CnncliError(
                f"{self.study.run(number).path}: ended with exit code {code}",
                hint=f"Go on with: {self.study.resume}",
            )

    def _lose(self, trial: Trial, code: int) -> None:
        """Let a trial that was killed by others go on, but not for ever."""
        self.lost[trial.number] = self.lost.get(trial.number, 0) + 1
        if self.lost[trial.number] >= _MOST_LOST:
            raise CnncliError(
                f"{self.study.run(trial.number).path}: was killed {_MOST_LOST} times (exit code "
                f"{code}), as happens when memory runs out",
                hint=f"Try fewer --jobs: {self.study.resume} --jobs 1",
            )
        self.hooks.said(trial.number, f"{how_it_ended(code)}; it goes on")
        self.waiting.insert(0, trial)

    def _judged(self, number: int) -> Ended | None:
        """Return how a trial ended, by its files alone; None for one that is to go on."""
        run = self.study.run(number)
        if not is_run(run.path):
            return None
        about, history = run.read_record(), self._history(number)
        if (pruned := self._pruned(number)) is not None:
            return pruned
        values = tuple(row[self.plan.metric] for row in history)
        if about["state"] in (FINISHED, STOPPED_EARLY):
            epoch = int(kept(about, history)["epoch"])
            if values[epoch - 1] != values[epoch - 1]:
                return Ended(FAILED, values, why=f"{self.plan.metric} is no number")
            return Ended("finished", values, epoch)
        if about["state"] == FAILED:
            why = [each.get("why") for each in about.get("life", ()) if each["event"] == FAILED]
            return Ended(FAILED, values, why=why[-1] if why else None)
        return None

    def _pruned(self, number: int) -> Ended | None:
        history = self._history(number)
        if not history:
            return None
        values = [row[self.plan.metric] for row in history]
        epochs = self.study.run(number).read_record()["epochs"]
        epoch = self.asking.gives_up(number, values, epochs)
        if epoch is None:
            return None
        by = Keep(self.plan.metric, self.plan.largest)
        best = int(by.choose(history[:epoch])["epoch"])
        return Ended("pruned", tuple(values[:epoch]), best)

    def _history(self, number: int) -> list[dict[str, float]]:
        """Return the epochs of a trial; UsageError where they have no such metric."""
        path = self.study.run(number).history
        if not path.exists():
            return []
        rows = tables.numbers(path, ("epoch",))
        if rows and self.plan.metric not in rows[0]:
            raise UsageError(
                f"--metric {self.plan.metric}: is no figure of a run here; there are "
                f"{', '.join(name for name in rows[0] if name != 'epoch')}"
            )
        return rows

    def _said(self, number: int) -> Path:
        return self.talk / f"{number}.txt"

    def _lines(self, number: int) -> list[str]:
        """Return what a trial has said, and forget it."""
        said = self._said(number)
        if not said.exists():
            return []
        lines = said.read_text(encoding="utf-8", errors="replace").splitlines()
        said.unlink()
        return lines

    def _say(self, number: int, lines: Sequence[str], *, again: bool = False) -> None:
        """Hand on what a trial said, and no earlier one."""
        for line in lines:
            if again or line not in self.heard:
                self.heard.add(line)
                self.hooks.said(number, line)

    def _stop(self, by: signal.Signals) -> None:
        """Hand a signal on, and wait until all have saved; a second one ends them at once."""
        for number in self.running:
            self.crew.send(number, by)
        while self.running:
            for number in self.crew.ended():
                del self.running[number]
            time.sleep(WAIT)


def _fault(lines: Sequence[str]) -> str | None:
    """Return the error among the lines that a command said, without the word."""
    found = [line.removeprefix("error: ") for line in lines if "error: " in line]
    return found[0] if found else (lines[-1] if lines else None)


def _advice(lines: Sequence[str]) -> str | None:
    """Return what a command said behind its error: how that is mended."""
    places = [place for place, line in enumerate(lines) if "error: " in line]
    return "\n".join(lines[places[0] + 1 :]) or None if places else None


def discard(study: Study) -> bool:
    """Remove a folder in which no trial could be begun; whether it was so."""
    if any(is_run(each) for each in study.path.glob(f"{study.NAME}-*")):
        return False
    said = study.path.glob(f".{study.NAME}-*.txt")
    for each in (study.record, study.journal, study.spec, study.path / ".lock", *said):
        each.unlink(missing_ok=True)
    try:
        study.path.rmdir()
    except OSError:  # what else is there is not ours
        return False
    return True
