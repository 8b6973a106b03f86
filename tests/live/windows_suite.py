"""Our own tests, run by the genuine Windows Python in Wine, with what came of each.

    python tests/live/windows_suite.py tests/regf tests/engine/test_locks.py -k name   # a table
    results = run_suite(wine, "tests/regf", "-m", "not long")                          # in a test

With `--write FILE` first, results are kept in that file, and the table of all that it holds is put
into docs/testing.md.

The package is put beside it plain, as files.  A test is passed, failed, or marked with the reason
why it does not run there: `posix` (tests/conftest.py) says that it is about what Windows has not,
`wine_lacks` that Wine is not as Windows is.  A test that ends the interpreter, or hangs, has
failed, and the rest goes on in a new one.  ANYREG_WINE names the folder of wine.py: to run beside
others, have one of your own.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import distribution
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import share  # noqa: E402
from live.wine import UnavailableError, Wine, running, windows_path  # noqa: E402

HANGS = 1800  # seconds of one test
TIMEOUT = 4 * 3600.0
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "live.windows_results")
OPTIONS = (f"faulthandler_timeout={HANGS}", "faulthandler_exit_on_timeout=true")
BEGIN, END = "<!-- made by tests/live/windows_suite.py --write -->", "<!-- until here -->"
MARKED = ("skipped", "expected to fail")


@dataclass
class Result:
    """What came of one test.

    Attributes:
        test: Its name, as pytest has it.
        outcome: passed, failed, skipped, or expected to fail.
        reason: Why it was not passed.
        seconds: How long it took.
    """

    test: str
    outcome: str = "failed"
    reason: str = "it was not ended"
    seconds: float = 0.0

    @property
    def folder(self) -> str:
        """The folder that its file is in."""
        return str(PurePosixPath(self.test.partition("::")[0]).parent)

    @property
    def has_failed(self) -> bool:
        """Whether it did not do what it says."""
        return self.outcome == "failed"

    @property
    def is_marked(self) -> bool:
        """Whether it says itself why it does not run, or pass, there."""
        return self.outcome in MARKED


def run_suite(
    wine: Wine, *arguments: str, root: Path = ROOT, most: int = 0, **variables: str
) -> list[Result]:
    """Run tests there.

    Args:
        wine: A running Wine.
        arguments: Those of pytest: files, folders and options.
        root: The folder that they are relative to.
        most: How many to draw where there are more, others for each seed or commit; 0: all.
        variables: For the environment.

    Returns:
        What came of each test, in order.

    Raises:
        subprocess.CalledProcessError: pytest could not even begin; its `output` says why.
    """
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "results"
        file.touch()
        variables |= {"ANYREG_RESULTS": windows_path(file), **_variables(wine)}
        if most:
            variables["ANYREG_DRAWN"] = f"{most} {share.SEED or _commit()}"
        options = [word for option in OPTIONS for word in ("-o", option)]
        command = (*PYTEST, "--continue-on-collection-errors", *options, *arguments)
        while True:
            size = file.stat().st_size
            output = _run(wine, command, root, variables)
            events = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
            if events and events[-1]["what"] == "finished":
                if events[-1]["status"] not in (0, 1, 2, 5):  # 2: a file that cannot be imported
                    raise subprocess.CalledProcessError(events[-1]["status"], command, output)
                return list(_results(events))
            if file.stat().st_size == size:
                raise subprocess.CalledProcessError(1, command, output)
            with file.open("a", encoding="utf-8") as results:
                results.write(json.dumps(_ended(events, output)) + "\n")


def run_module(wine: Wine, folder: Path, *arguments: str, **variables: str) -> str:
    """Run a module of the tests there.

    Args:
        wine: A running Wine.
        folder: The working directory.
        arguments: The module, and what it is given.
        variables: For the environment.

    Returns:
        What it printed.
    """
    both = _variables(wine) | variables
    return wine.python("-m", *arguments, cwd=folder, timeout=TIMEOUT, **both)


def _variables(wine: Wine) -> dict[str, str]:
    """What the environment must have, with the package put where it is found."""
    package = _put_package(wine.home / "package")  # always there, so that it stays compiled
    installed = [package, _packages(wine)]  # for interpreters too that do not look at PYTHONPATH
    names = "".join(f"{windows_path(folder)}\n" for folder in installed)
    (wine.home / "cp313/Lib/site-packages/installed.pth").write_text(names, "utf-8")
    paths = (*installed, ROOT / "tests")
    return {
        "ANYREG_EXPECT": "plain",
        "ANYREG_SKIPPED": "",
        "PYTHONDONTWRITEBYTECODE": "",  # a second run need not compile all of it again
        "PYTHONPYCACHEPREFIX": windows_path(wine.home / "compiled"),
        "PYTHONPATH": ";".join(map(windows_path, paths)),
    }


def _commit() -> str:
    """What the tree was made of, by which tests are drawn; "" where that is not known."""
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.stdout.strip()


def _run(wine: Wine, command: Iterable[str], root: Path, variables: dict[str, str]) -> str:
    try:
        return wine.python(*command, cwd=root, timeout=TIMEOUT, **variables)
    except subprocess.CalledProcessError as error:
        return str(error.output)


def _put_package(folder: Path) -> Path:
    """The package as it is installed plain: its files, and what its metadata says.

    Beside it is a module that stands for WMI's, which ends the interpreter in Wine: the standard
    `platform` goes on without, and pytest asks that.
    """
    ignore = shutil.ignore_patterns("__pycache__", "*.so", "*.egg-info")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "src", folder, ignore=ignore)
    installed = distribution("anyreg")
    metadata = folder / f"anyreg-{installed.version}.dist-info"
    metadata.mkdir()
    for name in ("METADATA", "entry_points.txt"):
        (metadata / name).write_text(installed.read_text(name) or "", "utf-8")
    (folder / "_wmi.py").write_text("raise ImportError('there is no WMI in Wine')\n", "utf-8")
    return folder


def _packages(wine: Wine) -> Path:
    folder = wine.home / "packages"
    if not folder.exists():
        raise UnavailableError(f"no {folder}: run `python tests/live/wine.py`")
    return folder


def _ended(events: list[dict[str, str]], output: str) -> dict[str, object]:
    """What came of the test that was under way when the interpreter ended."""
    test = [event["test"] for event in events if event["what"] == "begun"][-1]
    reason = f"it ended the interpreter, or took too long:\n{output[-4000:]}"
    return {"what": "result", "test": test, "outcome": "failed", "reason": reason, "seconds": 0}


def _results(events: list[dict[str, str]]) -> Iterator[Result]:
    found: dict[str, Result] = {}
    for event in events:
        if event["what"] == "begun":
            found[event["test"]] = Result(event["test"])
        elif event["what"] == "result":
            test, outcome = event["test"], event["outcome"]
            seconds = float(event["seconds"])
            known = found.get(test)
            if known is None or known.seconds == 0 or outcome == "failed":  # a teardown may fail
                found[test] = Result(test, outcome, event["reason"], seconds)
    yield from found.values()


def table(results: list[Result]) -> str:
    """How many tests of each folder ran, passed, failed, and were marked; and the reasons."""
    folders: dict[str, Counter[str]] = {}
    for result in results:
        kind = "marked" if result.is_marked else result.outcome
        folders.setdefault(result.folder, Counter())[kind] += 1
    folders["all"] = sum(folders.values(), Counter())
    lines = ["| tests of | there are | passed | failed | marked |", "|---|---|---|---|---|"]
    for folder, counts in folders.items():
        numbers = (counts[kind] for kind in ("passed", "failed", "marked"))
        lines.append(f"| {folder} | {counts.total()} | " + " | ".join(map(str, numbers)) + " |")
    reasons = Counter(result.reason for result in results if result.is_marked)
    lines += ["", "| marked | reason |", "|---|---|"]
    lines += [f"| {number} | {reason} |" for reason, number in reasons.most_common()]
    return "\n".join(lines)


def kept(file: Path, results: list[Result]) -> list[Result]:
    """What came of tests in all runs so far, and write it down; of each the last time counts."""
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    known = {found["test"]: Result(**found) for found in map(json.loads, lines)}
    known |= {result.test: result for result in results}
    every = [known[test] for test in sorted(known)]
    file.write_text("".join(f"{json.dumps(asdict(result))}\n" for result in every), "utf-8")
    return every


def write(results: list[Result]) -> None:
    """Put the table into the page about tests, in the place of the one that is there."""
    page = ROOT / "docs" / "testing.md"
    before, _, rest = page.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{table(results)}\n\n{END}{after}", "utf-8")


def main() -> int:
    """Run the tests of the command line, and print the table and what failed."""
    words = sys.argv[1:]
    file = Path(words[1]) if words[:1] == ["--write"] else None
    with running() as wine:
        try:
            results = run_suite(wine, *words[2 if file else 0 :])
        except subprocess.CalledProcessError as error:
            sys.stderr.write(error.output)
            raise
    if file:
        write(kept(file, results))
    failed = [result for result in results if result.has_failed]
    sys.stdout.write(f"{table(results)}\n")
    sys.stdout.writelines(f"\n== {result.test}\n{result.reason}\n" for result in failed)
    slow = sorted(results, key=lambda result: result.seconds)[:-6:-1]
    sys.stdout.writelines(f"{result.seconds:7.1f} s  {result.test}\n" for result in slow)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
