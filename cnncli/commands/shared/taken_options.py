"""The options of a command as those of another one, which calls it several times."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, get_args


@dataclass(frozen=True)
class Taken:
    """The options of a command, but for those that are said otherwise (`without`)."""

    of: Callable[..., Any]
    without: Collection[str]

    def parameters(self) -> dict[str, inspect.Parameter]:
        found = inspect.signature(self.of, eval_str=True).parameters
        return {name: each for name, each in found.items() if name not in self.without}

    def give(self, command: Callable[..., Any]) -> None:
        """Give them to a command as its own, in the place of **options."""
        own = inspect.signature(command, eval_str=True).parameters.values()
        keyword = inspect.Parameter.KEYWORD_ONLY
        kept = [each for each in own if each.kind is not inspect.Parameter.VAR_KEYWORD]
        parameters = [each.replace(kind=keyword) for each in (*kept, *self.parameters().values())]
        setattr(command, "__signature__", inspect.Signature(parameters))  # noqa: B010 (mypy)
        command.__annotations__ = {each.name: each.annotation for each in parameters}

    def words(self, given: Mapping[str, Any]) -> list[str]:
        """Return those that were given as words of a command line."""
        words = []
        for name, parameter in self.parameters().items():
            value = given[name]
            if value == parameter.default:
                continue
            option = _option(name, parameter)
            values = value if isinstance(value, list | tuple) else [value]
            words += [option if each is True else f"{option}={each}" for each in values]
        return words


def _option(name: str, parameter: inspect.Parameter) -> str:
    """Return what a parameter is called on a command line, in full."""
    info = next(each for each in get_args(parameter.annotation) if hasattr(each, "param_decls"))
    # Typer keeps the first name of an Annotated option as its default.
    named = [
        each
        for each in (info.default, *(info.param_decls or ()))
        if isinstance(each, str) and each.startswith("--")
    ]
    return named[0] if named else f"--{name.replace('_', '-')}"
