"""CPython's own tests of winreg, unmodified, against anyreg's: run by test_suite, not by pytest.

    python suite.py winreg      test_winreg.py, as JSON: what ran, failed and was skipped
    python suite.py audit       the part of audit-tests.py on winreg: its events, a line each

The file of tests looks at the system it runs on, so a few answers of Windows are given to it.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import runpy
import sys
import unittest
from pathlib import Path

import anyreg

WINDOWS_10 = (10, 0, 19045, 2, "")


def act_as_windows() -> None:
    """Answer as a 64-bit Windows 10 does; it finds itself as a remote machine too."""
    anyreg.install_as_winreg()
    sys.getwindowsversion = lambda: WINDOWS_10  # type: ignore[attr-defined]
    platform.machine = lambda: "AMD64"
    setattr(platform, "win32_edition", lambda: None)  # noqa: B010 - typed as a text
    os.environ["windir"] = r"C:\Windows"  # noqa: SIM112 - as Windows spells it
    sys.argv = ["test_winreg.py", "--remote", r"\\localhost"]


def run_tests() -> None:
    """Run test_winreg.py."""
    module = importlib.import_module("test.test_winreg")
    tests = unittest.defaultTestLoader.loadTestsFromModule(module)
    result = unittest.TestResult()
    tests.run(result)
    report = {
        "ran": result.testsRun,
        "bad": [f"{test.id()}\n{why}" for test, why in result.failures + result.errors],
        "skipped": [test.id().rpartition(".")[2] for test, _ in result.skipped],
    }
    print(json.dumps(report))  # noqa: T201


def run_audit() -> None:
    """Run the test that prints its audit events."""
    tests = importlib.import_module("test.support").TEST_HOME_DIR
    runpy.run_path(str(Path(tests) / "audit-tests.py"))["test_winreg"]()


if __name__ == "__main__":
    run = {"winreg": run_tests, "audit": run_audit}[sys.argv[1]]
    act_as_windows()
    run()
