"""What makes shells ask: a script for each, and where it goes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

_BASH = """\
_anyreg_completion() {
    COMPREPLY=()
    local line
    while IFS= read -r line; do
        COMPREPLY+=("$line")
    done < <(_ANYREG_COMPLETE=bash _ANYREG_LINE="${COMP_LINE:0:COMP_POINT}" \\
        _ANYREG_BREAKS="$COMP_WORDBREAKS" "$1" 2>/dev/null)
}
complete -o default -F _anyreg_completion anyreg
"""
_ZSH = """\
#compdef anyreg
_anyreg() {
    local -a before found
    local part
    for part in "${(@)words[2,CURRENT-1]}"; do
        before+=("${(Q)part}")
    done
    part=$PREFIX
    [[ -z ${compstate[quote]} ]] && part=${(Q)PREFIX}
    [[ ${compstate[quote]} == '"' ]] && part=${(Q)${:-"\\"$PREFIX\\""}}
    found=("${(@f)$(_ANYREG_COMPLETE=zsh "${(Q)words[1]}" "${(@)before}" "$part" 2>/dev/null)}")
    if [[ -n $found[1] ]]; then
        compadd -U -V anyreg -- "${(@)found}"
    else
        _files
    fi
}
if [[ $funcstack[1] = _anyreg ]]; then
    _anyreg "$@"
else
    compdef _anyreg anyreg
fi
"""
_FISH = """\
function __anyreg_complete
    set -l before (commandline -opc)
    set -l found (_ANYREG_COMPLETE=fish $before[1] $before[2..] (commandline -ct) 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c anyreg -f -a '(__anyreg_complete)'
"""


class _Script(NamedTuple):
    """A script, the file that it goes to, and a line of the shell's own file that loads it."""

    text: str
    file: str
    start: str = ""
    line: str = ""


SCRIPTS: Final = {
    "bash": _Script(
        _BASH,
        ".bash_completions/anyreg.sh",
        ".bashrc",
        "source ~/.bash_completions/anyreg.sh",
    ),
    "zsh": _Script(
        _ZSH, ".zfunc/_anyreg", ".zshrc", "fpath+=~/.zfunc; autoload -Uz compinit; compinit"
    ),
    "fish": _Script(_FISH, ".config/fish/completions/anyreg.fish"),
}


def install(shell: str) -> Path:
    """Put the script of a shell in its place below the home folder.

    Args:
        shell: One of SCRIPTS.

    Returns:
        The script's file.
    """
    script = SCRIPTS[shell]
    home = Path(os.environ.get("HOME") or Path.home())  # which is a shell's on Windows, too
    file = home / script.file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(script.text, "utf-8", newline="\n")
    if script.start:
        start = home / script.start
        before = start.read_text("utf-8") if start.exists() else ""
        if script.line not in before:
            gap = "" if not before or before.endswith("\n") else "\n"
            with start.open("a", encoding="utf-8", newline="\n") as stream:
                stream.write(f"{gap}{script.line}\n")
    return file


def this_shell() -> str:
    """The shell that started the program, by its name; "" if that is none of SCRIPTS."""
    import shellingham  # type: ignore[import-untyped, unused-ignore]

    try:
        return str(shellingham.detect_shell()[0])
    except shellingham.ShellDetectionFailure:
        return Path(os.environ.get("SHELL", "")).name
