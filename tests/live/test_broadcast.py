"""WM_SETTINGCHANGE, by the real user32, which is Wine's; without a display no window hears it."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import ROOT
from live.wine import Wine, windows_path

pytestmark = pytest.mark.live

PACKAGE = ROOT / "src" / "anyreg"
# That Python has none of the packages that anyreg itself would import.
TELLING = """
import sys, types
sys.modules["anyreg"] = package = types.ModuleType("anyreg")
package.__path__ = [sys.argv[1]]
from anyreg.registry.broadcast import announce
print(announce(60))
"""


def test_windows_takes_the_call(wine: Wine, tmp_path: Path) -> None:
    """The function is there, takes these arguments, and says that all were told."""
    printed = wine.python("-c", TELLING, windows_path(PACKAGE), cwd=tmp_path)
    assert printed.strip() == "True"
