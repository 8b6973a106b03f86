"""`anyreg acl`: whom keys belong to, who may do what with them; changes, and files of it."""

from __future__ import annotations

from anyreg.cli.acl import changes, comparison, files
from anyreg.cli.acl.commands import app
from anyreg.cli.changing_options import ChangingCommand
from anyreg.cli.common_options import RegistryCommand

for name, class_, function, words in (
    ("export", RegistryCommand, files.export, "NTUSER.DAT::Software --recursive -o rights.txt"),
    ("import", ChangingCommand, files.import_, "NTUSER.DAT::Software rights.txt -n"),
    ("diff", RegistryCommand, comparison.diff, "NTUSER.DAT NTUSER.BAK --recursive"),
):
    app.command(name, cls=class_, epilog=f"Example: anyreg acl {name} {words}")(function)

__all__ = ["app", "changes"]
