"""`anyreg recover`: a dirty hive's own file brought up to date with its logs."""

from __future__ import annotations

import anyreg
from anyreg.cli.address_arguments import JsonOption, file_size
from anyreg.cli.common_options import asked
from anyreg.cli.output import emit, emit_json, printable
from anyreg.cli.progress import waiting
from anyreg.cli.whole_hives import FileArgument, whole_file


def recover(file: FileArgument, json: JsonOption = False) -> None:
    """Bring a dirty hive up to date with its logs, in place; a clean one stays as it is."""
    path = whole_file(file)
    with anyreg.open(path, logs=asked.logs) as registry:
        facts = registry.about()
    with waiting("recovering", size=file_size(path)):
        anyreg.recover(path, asked.logs)
    state, replayed = facts["state"], facts["replayed"]
    if json:
        emit_json({"file": file, "state": state, "replayed": replayed})
    elif isinstance(replayed, list) and replayed:
        emit(printable(f"recovered {file}: {'; '.join(replayed)}"))
    else:
        emit(printable(f"nothing to recover, {file} is {state}"))
