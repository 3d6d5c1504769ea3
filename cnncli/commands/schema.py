"""`cnncli schema`."""

from __future__ import annotations

from cnncli import console
from cnncli.commands.shared.options import ForceOption, OutputOption


def schema(output: OutputOption = None, force: ForceOption = False) -> None:
    """Print the JSON Schema of specs, for editors that complete and check YAML.

    With it an editor offers layers and their arguments, with Keras's own description. Editors
    with the YAML language server (VS Code, Neovim, Emacs, ...) take it from a spec's first line:

    \b
      # yaml-language-server: $schema=cnncli.schema.json

    \b
    Examples:
      cnncli schema -o cnncli.schema.json
      cnncli schema | jq '."$defs" | keys'
    """
    from cnncli.commands.shared.outputs import STDOUT, choose, writing
    from cnncli.json_text import dumps
    from cnncli.spec.schema import schema

    text = dumps(schema(), indent=1) + "\n"
    if output is None or output == STDOUT:
        console.result(text)
        return
    destination = choose(output, force=force, default="cnncli.schema.json")
    with writing(destination) as path:
        path.write_text(text, encoding="utf-8")
    if output.is_file():
        console.note("A spec that begins with this line is checked as you type:")
        console.note(f"# yaml-language-server: $schema={output.name}")
