"""What is varied, tried on the spec of a study before anything is trained."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

from cnncli.errors import CnncliError, Problem, SpecError, UsageError
from cnncli.spec import dump
from cnncli.spec.load import place_of
from cnncli.spec.model import Spec
from cnncli.spec.problems import near
from cnncli.tuning.vary import Vary, read_one

SpecWith = Callable[[Sequence[str]], Spec]  # of PATH=VALUE


def check(texts: Sequence[str], spec_with: SpecWith, options: Mapping[str, str]) -> Spec:
    """Try PATH=VALUES on a spec, each by itself and beside the others; return it without any.

    `options` are those that were given and beat a path, by that path. Raises SpecError with all
    that is wrong, at the place in the file that a value would change where it is one; UsageError
    where that is a single mistake of the command line.
    """
    plain = spec_with(())
    varied, faults = _readable(texts)
    faults += _Fitting(plain, cache(partial(_tried, spec_with)), varied, options).faults()
    if len(faults) == 1 and isinstance(faults[0], UsageError):
        raise faults[0]
    if faults:
        raise SpecError([problem for each in faults for problem in _problems(each)])
    return plain


def _tried(spec_with: SpecWith, words: tuple[str, ...]) -> Spec | CnncliError:
    try:
        return spec_with(words)
    except (SpecError, UsageError) as fault:
        return fault


def _readable(texts: Sequence[str]) -> tuple[list[Vary], list[CnncliError]]:
    found: dict[str, Vary] = {}
    faults: list[CnncliError] = []
    for text in texts:
        try:
            vary = read_one(text, found)
            found[vary.path] = vary
        except UsageError as fault:
            faults.append(fault)
    return list(found.values()), faults


def _problems(fault: CnncliError) -> Sequence[Problem]:
    if isinstance(fault, SpecError):
        return fault.problems
    option, colon, message = fault.message.partition(": ")
    if not colon:
        option, message = "--vary", fault.message.removeprefix("--vary ")
    return [Problem(option, None, None, message, fault.hint)]


@dataclass(frozen=True)
class _Fitting:
    plain: Spec
    tried: Callable[[tuple[str, ...]], Spec | CnncliError]
    varied: Sequence[Vary]
    options: Mapping[str, str]

    def faults(self) -> list[CnncliError]:
        """Return what is wrong with each value; what two do wrong together is told once."""
        sound = [each for each in self.varied if not list(self._wrong(each, ()))]
        found: dict[object, CnncliError] = {}
        for vary in self.varied:
            for fault in self._of(vary, [each for each in sound if each is not vary]):
                found.setdefault(_said(fault, vary, is_shared=vary in sound), fault)
        return list(found.values())

    def _of(self, vary: Vary, sound: Collection[Vary]) -> list[CnncliError]:
        """Return what is wrong with a path beside the first values of those that fit the spec."""
        if wrong := list(self._wrong(vary, sound)):
            return wrong
        made = [self.tried(self._words(vary, value, sound)) for value in vary.examples()]
        differ = {dump(each) for each in made if isinstance(each, Spec)}
        return [self._idle(vary)] if len(differ) == 1 else []

    def _words(self, vary: Vary, value: str, beside: Collection[Vary]) -> tuple[str, ...]:
        values = {each.path: each.examples()[0] for each in beside} | {vary.path: value}
        order = [each.path for each in self.varied if each.path in values]
        return tuple(f"{path}={values[path]}" for path in order)

    def _wrong(self, vary: Vary, beside: Collection[Vary]) -> Iterator[CnncliError]:
        """Yield what is wrong with each choice, or with the first wrong number of a range."""
        for value in vary.examples():
            made = self.tried(self._words(vary, value, beside))
            if isinstance(made, SpecError):
                yield self._placed(made, vary.path)
            elif isinstance(made, CnncliError):  # the path leads nowhere
                message = made.message.removeprefix(f"{self.plain.source.name}: ")
                where = place_of(self.plain, vary.path)
                yield SpecError([self.plain.source.problem(where, message, made.hint)])
            if not isinstance(made, Spec) and not vary.choices:
                return

    def _placed(self, fault: SpecError, path: str) -> SpecError:
        """Return an error about a value that was tried, at the place that it would change."""
        where, source = place_of(self.plain, path), self.plain.source
        return SpecError(
            [
                source.problem(where, f"--vary {path}: {each.message}", each.hint)
                if each.line is None
                else each
                for each in fault.problems
            ]
        )

    def _idle(self, vary: Vary) -> UsageError:
        """Return why a path makes no difference."""
        said, name = f"--vary {vary.path}: makes no difference", self.plain.name
        for path, option in self.options.items():
            if _leads_into(vary.path, path):
                return UsageError(f"{said}: {option} says it", hint=f"Leave out {option}.")
        for other in self.varied:
            if other is not vary and _leads_into(vary.path, other.path):
                return UsageError(f"{said}: --vary {other.path} puts another value in its place")
        parameter = vary.path.removeprefix("params.")
        if parameter != vary.path and parameter not in self.plain.params:
            known = ", ".join(self.plain.params)
            hint = near(parameter, self.plain.params) or f"It has {known or 'none'}."
            return UsageError(
                f'--vary {vary.path}: {name} has no parameter "{parameter}"', hint=hint
            )
        return UsageError(f"{said} to {name}")


def _leads_into(path: str, whole: str) -> bool:
    """Whether a path leads to what another one does, or to a part of it."""
    return path == whole or path.startswith((f"{whole}.", f"{whole}["))


def _said(fault: CnncliError, vary: Vary, *, is_shared: bool) -> object:
    """Return what faults have in common that are the same mistake.

    One that is only wrong beside others, and thus `is_shared`, stands at several places.
    """
    problems = _problems(fault)
    messages = [each.message.removeprefix(f"--vary {vary.path}: ") for each in problems]
    return tuple(messages) if is_shared else (vary.path, *messages)
