"""Shell completion: the script for bash, which has to know that names may hold a colon."""

from __future__ import annotations

# Bash breaks words at a colon and would complete `sample:ch` as a word `ch`. So the words are
# read from the line itself, and what stands before the last colon is taken off the replies.
BASH = """
%(complete_func)s() {
    local line="${COMP_LINE:0:COMP_POINT}" words current
    read -ra words <<< "$line"
    [[ "$line" == *[[:space:]] ]] && words+=("")
    current="${words[${#words[@]}-1]}"
    local IFS=$'\\n'
    COMPREPLY=( $( env COMP_WORDS="${words[*]}" COMP_CWORD=$(( ${#words[@]} - 1 )) \\
                   %(autocomplete_var)s=complete_bash $1 ) )
    if [[ "$current" == *:* && "$COMP_WORDBREAKS" == *:* ]]; then
        COMPREPLY=( "${COMPREPLY[@]#"${current%%"${current##*:}"}"}" )
    fi
    return 0
}

complete -o default -F %(complete_func)s %(prog_name)s
"""


def use_our_bash_script() -> None:
    """Let --show-completion and --install-completion give the script above."""
    from typer import _completion_shared

    _completion_shared._completion_scripts["bash"] = BASH
