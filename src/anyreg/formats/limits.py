"""What a file asks for without the names that no registry can hold, each of which is reported.

Source of the limits: see `regf.layout`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from anyreg.errors import RegFileError
from anyreg.formats.instructions import DeleteKey, Instruction, SetKey, SetValue, left_out
from anyreg.names import units
from anyreg.paths import split_path
from anyreg.regf.layout import MAX_DEPTH, MAX_KEY_NAME, MAX_VALUE_NAME


def within_limits(
    steps: Iterable[Instruction], on_error: Callable[[RegFileError], None]
) -> Iterator[Instruction]:
    """Those of the instructions that can be done; what stands below a key that cannot is none.

    Args:
        steps: What a reader gives.
        on_error: Called for each of the others.

    Yields:
        The instructions.
    """
    is_left_out = False
    for step in steps:
        if isinstance(step, SetKey | DeleteKey):
            fault = _fault_of_path(step.path)
            is_left_out = fault != ""
        elif is_left_out:
            fault = "a value of a key that was left out"
        else:
            fault = _fault_of_value(step) if isinstance(step, SetValue) else ""
        if fault:
            on_error(left_out(RegFileError(fault, line=step.line, column=step.column)))
        else:
            yield step


def _fault_of_path(path: str) -> str:
    names = split_path(path)
    if len(names) >= MAX_DEPTH:
        return f"a key stands at most {MAX_DEPTH} levels deep"
    if any(units(name) > MAX_KEY_NAME for name in names):
        return f"a key name has at most {MAX_KEY_NAME} UTF-16 units"
    return ""


def _fault_of_value(value: SetValue) -> str:
    if units(value.name) > MAX_VALUE_NAME:
        return f"a value name has at most {MAX_VALUE_NAME} UTF-16 units"
    return ""
