"""The command line: its commands and global options, and the one place where errors are caught.

Typer 0.28 carries its own Click, whose internals have moved between minor versions: all that
leans on them stands in this module (the pin in pyproject.toml and tests/test_cli.py guard it).
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import inspect
import os
import re
import sys
from collections.abc import Sequence
from typing import Annotated, Any, NoReturn

import typer
from typer import main as typer_main
from typer.core import TyperCommand, TyperGroup

from cnncli import completion, console
from cnncli.commands.shared.global_options import (
    OfflineOption,
    QuietOption,
    VerboseOption,
    VersionOption,
)
from cnncli.errors import CnncliError, ExitCode, Terminated, UsageError
from cnncli.process import drop_stdout, open_streams, sigterm_raises
from cnncli.registry import COMMANDS

HELP = """Build, inspect, understand and train convolutional neural networks from the shell.

One YAML file describes an architecture in Keras's own layer names; every command reads it.
Without a file, commands use the network of the Carpentries lesson.
"""

EPILOG = "Begin with: cnncli summary"
# What Click says of `-w 0.5 -1` and of `-w 0.5 1`.
_LOOSE_NUMBERS = re.compile(r"No such option: -\d*|Got unexpected .*\([\d. -]*\d\)")
GIVEN = ("COMMANDLINE", "ENVIRONMENT")  # Click's names for where a value is from
CONTEXT = {"help_option_names": ["-h", "--help"]}


def _global_options(
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    offline: OfflineOption = False,
    version: VersionOption = False,
) -> None:
    """The options that work before and after the name of a command."""


def _install_completion(shell: str | None) -> None:
    if shell is not None:
        typer.echo(f"{completion.install(shell)}\nIt takes effect in the next shell that you open.")
        raise typer.Exit


def _show_completion(shell: str | None) -> None:
    if shell is not None:
        typer.echo(completion.script(shell))
        raise typer.Exit


def _program_options(
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    offline: OfflineOption = False,
    version: VersionOption = False,
    install_completion: Annotated[
        str | None,
        typer.Option(
            metavar="[SHELL]",
            callback=_install_completion,
            is_eager=True,
            help="Install completion for your shell, or for bash, zsh or fish by name.",
        ),
    ] = None,
    show_completion: Annotated[
        str | None,
        typer.Option(
            metavar="[SHELL]",
            callback=_show_completion,
            is_eager=True,
            help="Print the script that does it.",
        ),
    ] = None,
) -> None:
    """The options that stand before the name of a command."""


def _global_parameters() -> list[Any]:
    parameters, _, _ = typer_main.get_params_convertors_ctx_param_name_from_function(
        _global_options
    )
    for parameter in parameters:
        parameter.expose_value = False
        parameter.is_eager = True
    return list(parameters)


class Checked(TyperCommand):
    """A command that refuses options which would do nothing in the way that it was called."""

    def invoke(self, ctx: Any) -> Any:
        from cnncli.commands.shared import applies

        assert self.callback is not None
        typed = {str(each.name): _typed(each) for each in self.params if each.expose_value}
        given = [name for name in typed if ctx.get_parameter_source(name).name in GIVEN]
        _refuse_options_as_values(self.params, {name: ctx.params[name] for name in given})
        applies.check(inspect.unwrap(self.callback), applies.Call(ctx.params, given, typed))
        return super().invoke(ctx)


def _refuse_options_as_values(parameters: Any, given: dict[str, Any]) -> None:
    """Raise UsageError for `--animate -o FILE`, where -o was taken for what --animate takes."""
    known = {option for each in parameters for option in (*each.opts, *each.secondary_opts)}
    for each in parameters:
        value = given.get(each.name) if each.param_type_name == "option" else None
        for one in value if isinstance(value, list | tuple) else [value]:
            if str(one) in known:
                raise UsageError(f"{_typed(each)} takes {each.metavar or 'a value'}, not {one}")


def _typed(parameter: Any) -> str:
    """Return what a parameter is called on a command line: --fold, -o, DATA."""
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name).strip("[].")
    if "-o" in parameter.opts:
        return "-o"
    return str(next(option for option in parameter.opts if option.startswith("--")))


class Commands(TyperGroup):
    """The commands of the registry; the module of one is imported when it is called."""

    def main(self, args: Any = None, prog_name: Any = None, **extra: Any) -> Any:  # type: ignore[override]
        # Typer's own `main` makes exit codes of Ctrl-C and of a closed pipe; ours are others.
        if completion.is_asked():
            completion.register()
            self._main_shell_completion(extra, prog_name)
        with self.make_context(prog_name, list(args)) as context:
            return self.invoke(context)

    def list_commands(self, ctx: Any) -> list[str]:
        return [entry.name for entry in COMMANDS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        entry = next((entry for entry in COMMANDS if entry.name == cmd_name), None)
        if entry is None:
            return None
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        make = app.command(entry.name, cls=Checked, short_help=entry.help, context_settings=CONTEXT)
        make(entry.load())
        command = typer_main.get_command(app)
        command.params.extend(_global_parameters())
        if completion.is_asked():
            from cnncli.commands.shared.completion import attach

            attach(command)
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for group in dict.fromkeys(entry.group for entry in COMMANDS):
            with formatter.section(group):
                formatter.write_dl(
                    [(entry.name, entry.help) for entry in COMMANDS if entry.group == group]
                )

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        # Typer suggests near names from this mapping, which is otherwise empty here.
        self.commands = {entry.name: self for entry in COMMANDS}
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=Commands,
    help=HELP,
    epilog=EPILOG,
    add_completion=False,  # ours name the shell, and know quotes and colons
    no_args_is_help=True,
    rich_markup_mode=None,  # plain usage errors, and --help in half the time
    pretty_exceptions_enable=False,
    context_settings=CONTEXT,
)
app.callback()(_program_options)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; nothing but a bug leaves a traceback."""
    console.reset()
    open_streams()
    try:
        with sigterm_raises():
            given = list(sys.argv[1:] if argv is None else argv)
            app(completion.name_the_shell(given), prog_name="cnncli")
            sys.stdout.flush()
        return ExitCode.DONE
    except typer.Exit as end:
        return end.exit_code
    except typer.TyperException as error:
        return _usage(error)
    except CnncliError as error:
        console.error(error)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        console.say("Interrupted.")
        return ExitCode.INTERRUPTED
    except Terminated:
        console.say("Terminated.")
        return ExitCode.TERMINATED
    except MemoryError:
        console.fail("out of memory")
        return ExitCode.FAILED
    except OSError as error:
        return _operating_system(error)
    except Exception:
        return _bug()


def leave(code: int) -> NoReturn:
    """End the process with `code`, quietly even where standard output is closed or full."""
    try:
        sys.stdout.flush()
    except OSError as error:
        code = _operating_system(error) if code == ExitCode.DONE else code
        drop_stdout()
    if code not in (ExitCode.INTERRUPTED, ExitCode.TERMINATED):
        atexit._run_exitfuncs()
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    # Python's own tidying up of all modules takes a tenth of a short command's time, and a
    # library whose import was cut short may crash in it.
    os._exit(code)


def _usage(error: typer.TyperException) -> int:
    context = getattr(error, "ctx", None)
    typed = getattr(error, "option_name", None)
    if typed and hasattr(error, "possibilities"):
        import difflib

        # Typer suggests --no-cache for --nosuch.
        known = error.possibilities or ()
        error.possibilities = difflib.get_close_matches(typed, known, cutoff=0.75)
    if type(error).__name__ == "NoArgsIsHelpError":
        console.say(error.format_message())
        return ExitCode.USAGE
    hint = f"Try '{context.command_path} --help'." if context is not None else None
    message = error.format_message().rstrip(".")
    if _LOOSE_NUMBERS.fullmatch(message):
        hint = "Several numbers are one word: 0.5,-1,0.25 or '0.5 -1 0.25'. " + (hint or "")
    console.fail(message, hint=hint)
    return error.exit_code


def _operating_system(error: OSError) -> int:
    """Say what the operating system refused; a reader that went away (`| head`) is no error."""
    if error.errno == errno.EPIPE:
        drop_stdout()
        return ExitCode.DONE
    if error.filename is None and error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
        return _bug()
    if error.filename is None:
        drop_stdout()
    place = os.fsdecode(error.filename) if error.filename is not None else "the output"
    console.fail(f"{place}: {error.strerror}")
    return ExitCode.FAILED


def _bug() -> int:
    import traceback

    console.say(traceback.format_exc().rstrip())
    console.fail(
        "this is a fault of cnncli, not of yours",
        hint="Please report it with the lines above and the command that you typed.",
    )
    return ExitCode.BUG
