"""`anyreg acl`: whom keys belong to, who may do what with them; changes, and files of it."""

from __future__ import annotations

from anyreg.cli.acl import comparison, files
from anyreg.cli.acl.commands import app

app.command(
    "export", epilog=r"Example: anyreg acl export NTUSER.DAT::Software --recursive -o rights.txt"
)(files.export)
app.command("import", epilog="Example: anyreg acl import NTUSER.DAT::Software rights.txt -n")(
    files.import_
)
app.command("diff", epilog="Example: anyreg acl diff NTUSER.DAT NTUSER.BAK --recursive")(
    comparison.diff
)

__all__ = ["app"]
