"""`python -m anyreg`: the command line."""

from __future__ import annotations

import sys

from anyreg.cli import command

if __name__ == "__main__":
    sys.exit(command())
