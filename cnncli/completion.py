"""Completion in bash, zsh and fish: the scripts, and how what is offered is handed to each.

The scripts hand over the line up to the cursor as it was typed, quotes and all, so that names
with spaces stay whole. What is offered for which argument stands in `commands.shared.completion`.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from typer._click.shell_completion import CompletionItem, ShellComplete, add_completion_class

from cnncli.errors import UsageError

VARIABLE = "_CNNCLI_COMPLETE"
OPTIONS = ("--install-completion", "--show-completion")

# Bash replaces the text behind the last colon or equals sign only, so only that is given back, or
# what begins with the last @.
BASH = """
%(complete_func)s() {
    local reply
    COMPREPLY=()
    while IFS= read -r reply; do
        [[ -n "$reply" ]] && COMPREPLY+=("$reply")
    done < <(_CNNCLI_LINE="${COMP_LINE:0:COMP_POINT}" _CNNCLI_BREAKS="$COMP_WORDBREAKS" \\
             %(autocomplete_var)s=complete_bash "$1" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && "${COMPREPLY[0]}" == *[/:=@] ]]; then
        compopt -o nospace 2>/dev/null
    fi
    return 0
}

complete -o default -F %(complete_func)s %(prog_name)s
"""
ZSH = """
#compdef %(prog_name)s

%(complete_func)s() {
    local -a lines whole begun
    lines=("${(@f)$(_CNNCLI_LINE="${words[1,$CURRENT]}" \\
        %(autocomplete_var)s=complete_zsh %(prog_name)s 2>/dev/null)}")
    local files=$lines[1]
    shift lines
    begun=("${(@M)lines:#*[/=@]}" "${(@M)lines:#*\\\\:}")
    whole=("${(@)lines:|begun}")
    _describe '%(prog_name)s' whole -- begun -S ''
    [[ $files == files ]] && _files
    return 0
}

compdef %(complete_func)s %(prog_name)s
"""
FISH = (
    "complete --command %(prog_name)s --no-files --arguments "
    '"(_CNNCLI_LINE=(commandline -cp) %(autocomplete_var)s=complete_fish %(prog_name)s)"'
)
SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def split(line: str) -> tuple[list[str], str, str]:
    """Return the words before the last one, the last one, and the quote that is open in it."""
    lexer: Any = shlex.shlex(line, posix=True)  # the types do not know of its `state`
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    try:
        words.extend(lexer)
    except ValueError:  # a quote, or a backslash at the end, is still open
        return words[1:], lexer.token, (lexer.state or "").strip("\\")
    if line[-1:].isspace() and not line.endswith("\\ "):
        return words[1:], "", ""
    return words[1:-1], words[-1] if words else "", ""


class _Complete(ShellComplete):
    source_template = ""

    def source_vars(self) -> dict[str, Any]:
        return {}

    def get_completion_args(self) -> tuple[list[str], str]:
        args, incomplete, _ = split(os.environ["_CNNCLI_LINE"])
        return args, incomplete

    def format_completion(self, item: CompletionItem) -> str:
        return str(item.value)


class _Bash(_Complete):
    name = "bash"

    def complete(self) -> str:
        args, incomplete, quote = split(os.environ["_CNNCLI_LINE"])
        items = self.get_completions(args, incomplete)
        kept = "" if quote else _kept(incomplete, os.environ.get("_CNNCLI_BREAKS", ":="))
        return "\n".join(_quoted(item.value.removeprefix(kept), quote) for item in items)


def _kept(incomplete: str, breaks: str) -> str:
    """Return what bash leaves standing of the word before the cursor."""
    if incomplete.startswith("-") and "=" in incomplete:
        incomplete = incomplete.partition("=")[2]
    end = max((incomplete.rfind(mark) for mark in ":=" if mark in breaks), default=-1)
    at = incomplete.rfind("@") if "@" in breaks else -1
    return incomplete[: max(end + 1, at)]  # the @ itself is replaced, too


def _quoted(text: str, quote: str) -> str:
    if quote == "'":
        return text
    special = r'(["$`\\])' if quote else r"([^\w@%+=:,./~\[\]-])"
    return re.sub(special, r"\\\1", text)


class _Zsh(_Complete):
    name = "zsh"

    def complete(self) -> str:
        items = self.get_completions(*self.get_completion_args())
        # zsh finds files itself, and quotes them.
        files = not items or any(item.type == "file" for item in items)
        lines = [self.format_completion(item) for item in items if item.type != "file"]
        return "\n".join(["files" if files else "names", *lines])

    def format_completion(self, item: CompletionItem) -> str:
        value = item.value.replace("\\", "\\\\").replace(":", "\\:")
        return f"{value}:{item.help}" if item.help else value


class _Fish(_Complete):
    name = "fish"

    def complete(self) -> str:
        args, incomplete, _ = split(os.environ["_CNNCLI_LINE"])
        items = self.get_completions(args, incomplete)
        if not items and not incomplete.startswith("-"):
            items = files(incomplete)
        return "\n".join(self.format_completion(item) for item in items)

    def format_completion(self, item: CompletionItem) -> str:
        return f"{item.value}\t{item.help}" if item.help else str(item.value)


def files(incomplete: str, endings: Sequence[str] | None = None) -> list[CompletionItem]:
    """Return the folders and the files of some endings (None: of all) that begin like this."""
    begun, slash, name = incomplete.rpartition("/")
    try:
        entries = sorted(os.scandir(Path(begun + slash or ".").expanduser()), key=lambda e: e.name)
    except OSError:
        return []
    found = []
    for entry in entries:
        if not entry.name.startswith(name) or (entry.name[0] == "." and not name):
            continue
        folder = entry.is_dir()
        if folder or endings is None or entry.name.endswith(tuple(endings)):
            path = f"{begun}{slash}{entry.name}{'/' if folder else ''}"
            found.append(CompletionItem(path, type="file"))
    return found


def is_asked() -> bool:
    """Whether a shell asks what to offer, and no command is to run."""
    return VARIABLE in os.environ


def register() -> None:
    """Let Typer answer the shells through the classes above."""
    for each in (_Bash, _Zsh, _Fish):
        add_completion_class(each, each.name)


def name_the_shell(args: Sequence[str]) -> list[str]:
    """Return `args` with a shell behind --install-completion and --show-completion."""
    named = list(args)
    for option in OPTIONS:
        if option in named:
            place = named.index(option) + 1
            if place == len(named) or named[place].startswith("-"):
                named.insert(place, _current_shell())
    return named


def _current_shell() -> str:
    import shellingham  # type: ignore[import-untyped]

    try:
        return str(shellingham.detect_shell()[0])
    except shellingham.ShellDetectionFailure:
        return Path(os.environ.get("SHELL", "")).name or "this shell"


def script(shell: str) -> str:
    """Return the script of a shell."""
    from typer._completion_shared import get_completion_script

    _use_our_scripts(shell)
    return get_completion_script(prog_name="cnncli", complete_var=VARIABLE, shell=shell)


def install(shell: str) -> Path:
    """Write the script where the shell finds it; return the file."""
    from typer._completion_shared import install

    _use_our_scripts(shell)
    return install(shell=shell, prog_name="cnncli", complete_var=VARIABLE)[1]


def _use_our_scripts(shell: str) -> None:
    from typer import _completion_shared

    if shell not in SCRIPTS:
        raise UsageError(
            f"there is no completion for {shell}, only for bash, zsh and fish",
            hint="Name the shell that you type in: cnncli --install-completion bash",
        )
    _completion_shared._completion_scripts.update(SCRIPTS)
