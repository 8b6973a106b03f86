"""`python -m anyreg`: the command line."""

from __future__ import annotations

import sys

from anyreg.cli import main

if __name__ == "__main__":
    sys.exit(main())
