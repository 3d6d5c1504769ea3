"""`cnncli layers`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnncli import console
from cnncli.commands.shared.options import JsonOption
from cnncli.errors import UsageError

if TYPE_CHECKING:
    from cnncli.spec.reference import Entry


def layers(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Show the arguments of these."),
    ] = None,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help="List one kind: layer, loss, ..., op.")
    ] = None,
    search: Annotated[
        str | None, typer.Option(metavar="TEXT", help="List those that say this anywhere.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """List what a spec may say, with a line on each; or the arguments of one, and an example.

    Kinds: layer, activation, optimizer, schedule, loss, metric, callback, initializer, regularizer,
    constraint, op, network. What is refused stands there too, with the reason. TensorFlow is not
    loaded.

    \b
    Examples:
      cnncli layers
      cnncli layers Conv2D
      cnncli layers --kind optimizer
      cnncli layers --search pool
      cnncli layers Dropout --json | jq '.[0].arguments[0].bounds'
    """
    from cnncli.render.terminal import reference as shown

    if names and (kind or search):
        raise UsageError("a NAME is shown alone", hint="Leave out --kind and --search.")
    found = [entry for name in names for entry in _named(name)] if names else _listed(kind, search)
    if json:
        console.json_result([_document(entry, whole=bool(names)) for entry in found])
    elif names:
        console.result("\n\n".join(shown.page(entry, console.width()) for entry in found))
    else:
        shown.show_list(found)


def _named(name: str) -> list[Entry]:
    from cnncli.spec.problems import near
    from cnncli.spec.reference import find, names

    found = find(name)
    if not found:
        hint = near(name, names()) or "`cnncli layers` lists what there is."
        raise UsageError(f'Keras has no "{name}" that a spec may name', hint=hint)
    return found


def _listed(kind: str | None, search: str | None) -> list[Entry]:
    from cnncli.spec.problems import near
    from cnncli.spec.reference import KINDS, entries

    if kind is not None and kind not in KINDS:
        hint = near(kind, KINDS) or f"There are {', '.join(KINDS)}."
        raise UsageError(f'there is no kind "{kind}"', hint=hint)
    found = [entry for each in ([kind] if kind else KINDS) for entry in entries(each)]
    wanted = (search or "").lower()
    found = [entry for entry in found if wanted in _words(entry)]
    if not found:
        raise UsageError(f'nothing there says "{search}"', hint="`cnncli layers` lists all.")
    return found


def _words(entry: Entry) -> str:
    words = (entry.name, *entry.aliases, entry.group, entry.description, entry.refused or "")
    return " ".join(words).lower()


def _document(entry: Entry, *, whole: bool) -> dict[str, Any]:
    from dataclasses import asdict

    from cnncli.spec.reference import arguments, call_arguments, example

    document = {**asdict(entry), "aliases": list(entry.aliases)}
    if whole:
        document["arguments"] = [
            {**asdict(argument), "choices": list(argument.choices)} for argument in arguments(entry)
        ]
        document["call"] = call_arguments(entry)
        document["example"] = example(entry)
    return document
