"""What all tests share: the corpus of real hives, and which form of the package is tested.

ANYREG_CORPUS    the folder of real hives; they are not part of the project, and where they are
                 missing their tests skip
ANYREG_EXPECT    compiled or plain: refuse to run when the installed package is the other one
ANYREG_EXAMPLES  how many examples are drawn for each property, 30 by default
ANYREG_SHARE     how much of the long tests to run: see share.py
ANYREG_SKIPPED   a file for the names of the files in which something was skipped: all that is left
                 to run once the rest is installed
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import hypothesis
import pytest

import anyreg.engine
import share
from anyreg.system import WINDOWS

ROOT = Path(__file__).resolve().parents[1]
CORPUS = Path(os.environ.get("ANYREG_CORPUS", ROOT / "../shared/hives")).resolve()
LINKS = pytest.mark.wine_lacks("symbolic links")
REMOVED = pytest.mark.wine_lacks("that the name of an open file is free when it is deleted")
REPLACED = pytest.mark.wine_lacks("that an open file is replaced")
MISSING = f"no corpus of hives at {CORPUS}: set ANYREG_CORPUS"

os.environ.setdefault("ANYREG_WINREG", "anyreg")  # which is tested, on Windows too

# Machines are shared and slow: no test may fail for the time it took.
hypothesis.settings.register_profile(
    "anyreg",
    deadline=None,
    max_examples=int(os.environ.get("ANYREG_EXAMPLES", "30")),
    derandomize="CI" in os.environ and not share.SEED,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("anyreg")


@dataclass(frozen=True)
class Indexed:
    """A line of INDEX.tsv: what a file of the corpus is."""

    path: str
    size: int
    kind: str  # primary or log
    version: str
    dirty: str
    sha256: str
    notes: str

    @property
    def file(self) -> Path:
        return CORPUS / self.path


@dataclass(frozen=True)
class Expected:
    """A line of EXPECTED.tsv: what reading a primary hive must give."""

    path: str
    keys: int | None  # None: no hive at all
    values: int | None
    replay: str
    sha256: str  # of the dump; "" where the hive is damaged

    @property
    def file(self) -> Path:
        return CORPUS / self.path

    @property
    def clean(self) -> bool:
        """Whether it is read as it stands, healthy and with no log to replay."""
        return bool(self.sha256) and self.replay in ("clean", "no valid log")


@cache
def indexed() -> tuple[Indexed, ...]:
    """Every file of the corpus; none where it is missing."""
    return tuple(Indexed(path, int(size), *rest[:5]) for path, size, *rest in _table("INDEX.tsv"))


@cache
def expected() -> tuple[Expected, ...]:
    """Every primary hive of the corpus with what it holds; none where it is missing."""
    return tuple(
        Expected(path, int(keys) if keys else None, int(values) if values else None, *rest)
        for path, keys, values, *rest in _table("EXPECTED.tsv")
    )


def _table(name: str) -> list[list[str]]:
    file = CORPUS / name
    if not file.exists():
        return []
    return [line.split("\t") for line in file.read_text("utf-8").splitlines()[1:]]


def each_expected(where: Callable[[Expected], object] = bool) -> pytest.MarkDecorator:
    """Run a test for each primary hive that fits, as `hive`; skip it where there is no corpus."""
    return _each([hive for hive in expected() if where(hive)])


def each_indexed(where: Callable[[Indexed], object] = bool) -> pytest.MarkDecorator:
    """Run a test for each file that fits, as `hive`; skip it where there is no corpus."""
    return _each([hive for hive in indexed() if where(hive)])


def _each(hives: list[Expected] | list[Indexed]) -> pytest.MarkDecorator:
    params = [pytest.param(hive, id=hive.path) for hive in hives]
    if not CORPUS.is_dir():
        params = [pytest.param(None, id="missing", marks=pytest.mark.skip(reason=MISSING))]
    return pytest.mark.parametrize("hive", params)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real hives."""
    if not CORPUS.is_dir():
        pytest.skip(MISSING)
    return CORPUS


# `checked`, the fixture that runs check() over every hive that a test wrote, belongs here.


def runtime_in(folder: Path) -> dict[str, str]:
    """What makes a folder the user's runtime folder, where volatile keys are kept."""
    if WINDOWS:
        (folder / "Temp").mkdir(exist_ok=True)
    return {"XDG_RUNTIME_DIR": str(folder), "WIN_PD_OVERRIDE_LOCAL_APPDATA": str(folder)}


def use_runtime(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """As runtime_in(), until the end of the test."""
    for name, value in runtime_in(folder).items():
        monkeypatch.setenv(name, value)


def _form() -> str:
    return "compiled" if anyreg.engine.COMPILED else "plain"


def pytest_configure(config: pytest.Config) -> None:
    """A plain run must never pass for a compiled one; no test leaves anything with the user."""
    os.environ["ANYREG_HISTORY"] = "off"  # commands must not write into a user's own folders
    runtime = tempfile.mkdtemp("", "anyreg-tests-")  # where volatile keys would stay
    os.environ |= runtime_in(Path(runtime))
    config.add_cleanup(lambda: shutil.rmtree(runtime, ignore_errors=True))
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # begun by a shell in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    wanted = os.environ.get("ANYREG_EXPECT") or _form()
    if wanted != _form():
        raise pytest.UsageError(f"ANYREG_EXPECT={wanted}, but the installed anyreg is {_form()}")


def _is_wine() -> bool:
    return WINDOWS and hasattr(vars(ctypes)["windll"].ntdll, "wine_get_version")


def _leave_out_what_is_elsewhere(items: list[pytest.Item]) -> None:
    """Tests of what this system has not are skipped, with the reason that they give."""
    for name, system, is_left_out in (
        ("posix", "POSIX", WINDOWS),
        ("wine_lacks", "Wine", _is_wine()),
    ):
        for item in items:
            marker = item.get_closest_marker(name)
            if marker is None:
                continue
            [reason] = marker.args  # here, too, where nothing is left out: else nobody would see it
            if is_left_out:
                item.add_marker(pytest.mark.skip(f"{system}: {reason}"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what hypothesis draws for; where a share of the long tests is asked for, take that."""
    _leave_out_what_is_elsewhere(items)
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("property")
    if not share.WHOLE:
        _take_share(config, items)


def _take_share(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each long test takes some of its parameters."""
    long: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("long"):
            long.setdefault(item.nodeid.partition("[")[0], []).append(item)
    left = {item for test, each in long.items() for item in set(each) - {*share.some(each, test)}}
    config.hook.pytest_deselected(items=list(left))
    items[:] = [item for item in items if item not in left]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two for each core, as many tests wait for other programs, and for time to pass."""
    return 2 * (os.cpu_count() or 1)


def pytest_report_header() -> str:
    """Say in the log what was tested."""
    hives = len(indexed()) or "no"
    return f"anyreg: {version('anyreg')}, {_form()}; corpus: {hives} files"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write down what a run with more installed still has to do."""
    asked = os.environ.get("ANYREG_SKIPPED")
    if asked:
        skipped = terminalreporter.stats.get("skipped", [])
        files = sorted({report.nodeid.partition("::")[0] for report in skipped})
        Path(asked).write_text("".join(f"{file}\n" for file in files), "utf-8")
