"""Reading hives, side by side with other readers: python benchmarks/read.py [OPTIONS].

Without options it measures on the SYSTEM hive of the corpus, and on hives that it generates, and
prints Markdown; --write puts that into a document between two marks.  A second interpreter, with
the plain form of the project if the running one has it compiled, is named by --plain or
ANYREG_PLAIN_PYTHON.  What is not installed is left out, and said so.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import measure
import report
from generate import generate
from measure import Result, Subject
from report import Promise
from sections import composed, deliver, options

import anyreg

ROOT = Path(__file__).resolve().parents[1]
CORPUS = Path(os.environ.get("ANYREG_CORPUS", ROOT / "../shared/hives"))
BIG = "real/win10-1709/SYSTEM_WIN_10_1709"
SMALL = "real/ntuser-win7/NTUSER.DAT"
COMPILED, PLAIN = "anyreg, compiled", "anyreg, plain"
PEERS = ("hivex", "libregf", "python-registry", "dissect.regf")
IMPORTS = {
    "libregf": "pyregf",
    "python-registry": "Registry.Registry",
    "dissect.regf": "dissect.regf.regf",
    "regipy": "regipy.registry",
}
KNOWN = (r"ControlSet001\Services\Tcpip\Parameters", "HostName")
WANTED = "tcpip"
FIRST_WALK = "first walk"  # of a process, for which all memory is new
MEGABYTE = 1_000_000


class Run(NamedTuple):
    """What one run measures, and on what.

    Attributes:
        forms: Label and interpreter of each form of this project, the faster first.
        rounds: How often each measurement is made.
        seconds: How long it is repeated each time.
        big: The hive for most jobs.
        small: The hive for readers that are very slow.
        sizes: Megabytes of the hives to generate.
        folder: Where to put them.
        missing: What could not be measured, and why.
    """

    forms: dict[str, str]
    rounds: int
    seconds: float
    big: Path
    small: Path
    sizes: list[float]
    folder: Path
    missing: dict[str, str]

    @property
    def ours(self) -> str:
        """The form that all others are compared with."""
        return next(iter(self.forms))

    def each(self, job: str, hive: Path, peers: tuple[str, ...], *arguments: str) -> list[Result]:
        """One job, by this project and by peers."""
        once = job == FIRST_WALK
        rest = ["walk" if once else job, f"{0 if once else self.seconds}", str(hive), *arguments]
        subjects = [
            measure.reader(label, python, "anyreg", *rest) for label, python in self.forms.items()
        ]
        subjects += [measure.reader(name, sys.executable, name, *rest) for name in peers]
        return measure.side_by_side(subjects, self.rounds, self.missing)


def walks(run: Run, sections: list[str]) -> list[Result]:
    """Every name, time, type and byte."""
    results = run.each("walk", run.big, PEERS)
    sections += [f"### Walk: {facts(run.big, results)}", report.times(results, run.ours)]
    sections += differences(results)
    small = run.each("walk", run.small, (*PEERS, "regipy"))
    sections += [f"### Walk: {facts(run.small, small)}", report.times(small, run.ours)]
    sections += differences(small)
    return results


def facts(hive: Path, results: list[Result]) -> str:
    """A hive in a few words."""
    keys, values, size = results[0].counts
    return (
        f"{hive.name}, {hive.stat().st_size / MEGABYTE:.1f} MB, {keys:,} keys, "
        f"{values:,} values, {size:,} bytes of data"
    )


def differences(results: list[Result]) -> list[str]:
    """A line for each reader that did not count what this project counts."""
    first, *others = results
    odd = [
        f"{result.label} ({', '.join(f'{count:,}' for count in result.counts)})"
        for result in others
        if result.counts != first.counts
    ]
    return [f"Counted something else (keys, values, bytes): {'; '.join(odd)}."] if odd else []


def one_value(run: Run, sections: list[str]) -> list[Result]:
    """A value of a hive that was not open."""
    path, name = a_value(run.big)
    results = run.each("one", run.big, PEERS, *path.split("\\"), name)
    sections += [
        f"### Open, read one value, close: `{path}`, `{name}`",
        report.times(results, run.ours),
    ]
    return results


def a_value(hive: Path) -> tuple[str, str]:
    """A value up to four keys deep: a well-known one, or the middle of what is there."""
    with anyreg.open(hive) as registry:
        if registry.read(*KNOWN) is not None:
            return KNOWN
        key = registry.root
        for _ in range(4):
            children = [child for child in key.children() if child.children() or child.records()]
            if not children:
                break
            key = children[len(children) // 2]
        return key.path, key.records()[0].name


def finds(run: Run, sections: list[str]) -> None:
    """A text in names and data; the peers have no such thing, so it is written over them."""
    results = run.each("find", run.big, ("hivex", "libregf"), WANTED)
    sections += [
        f"### Find `{WANTED}` in names and data: {results[0].counts[0]:,} places",
        "hivex and libregf through a loop in Python that decodes and compares.",
        report.times(results, run.ours),
    ]
    sections += differences(results)


def exports(run: Run, sections: list[str]) -> None:
    """A .reg file of everything, by the programs themselves, start included."""
    out = str(run.folder / "out.reg")
    subjects = [
        Subject(label, [python, "-m", "anyreg", "export", str(run.big), "-o", out])
        for label, python in run.forms.items()
    ]
    program = shutil.which("hivexregedit")
    if program:
        command = [program, "--export", "--prefix", "HKEY_LOCAL_MACHINE\\X", str(run.big), "\\"]
        subjects.append(Subject("hivexregedit", command))
    else:
        run.missing["hivexregedit"] = "no such program"
    results = measure.programs(subjects, run.rounds)
    sections += ["### Export as a .reg file, whole programs", report.times(results, run.ours)]


def imports(run: Run, sections: list[str]) -> Result | None:
    """What `import` costs."""
    rounds = run.rounds * 2 - 1
    subjects = [(label, python, "anyreg") for label, python in run.forms.items()]
    subjects += [(name, sys.executable, module) for name, module in IMPORTS.items()]
    measured = [measure.imports(*subject, rounds) for subject in subjects]
    results = [result for result in measured if result is not None]
    sections += ["### Import", report.times(results, run.ours)]
    return results[0]


class Grown(NamedTuple):
    """The walk of one generated hive."""

    size: int
    result: Result

    @property
    def per_key(self) -> float:
        return self.result.best / self.result.counts[0]

    @property
    def memory(self) -> float:
        return self.result.memory / self.size


def growth(run: Run, sections: list[str]) -> list[Grown]:
    """Walks of larger and larger hives."""
    found: list[Grown] = []
    for megabytes in run.sizes:
        hive = run.folder / f"generated-{megabytes:g}"
        generate(hive, megabytes)
        size = hive.stat().st_size
        found += [Grown(size, result) for result in run.each(FIRST_WALK, hive, ("hivex",))]
        hive.unlink()
    found.sort(key=lambda grown: (grown.result.label, grown.size))
    rows = [
        [
            grown.result.label,
            f"{grown.size / MEGABYTE:,.1f} MB",
            f"{grown.result.counts[0]:,}",
            report.duration(grown.result.best),
            f"{grown.per_key * 1e6:.2f} us",
            f"{grown.memory:.2f}",
        ]
        for grown in found
    ]
    titles = ["reader", "hive", "keys", "walk", "per key", "memory / file"]
    sections += ["### Growth: the first walk of a process", report.table(titles, rows)]
    return [grown for grown in found if grown.result.label == run.ours]


def judged(
    run: Run,
    walk: list[Result],
    one: list[Result],
    imported: Result | None,
    grown: list[Grown],
) -> list[Promise]:
    """What was promised, and whether it is kept."""
    compiled = report.seconds_of(walk, COMPILED)
    plain = report.seconds_of(walk, PLAIN)
    hivex = report.seconds_of(walk, "hivex")
    libregf = report.seconds_of(walk, "libregf")
    opened = report.ratio(report.seconds_of(one, "hivex"), report.seconds_of(one, run.ours))
    importing = None if imported is None else imported.median * 1e3
    slower = report.ratio(grown[-1].per_key, grown[0].per_key) if grown else None
    memory = max(one.memory for one in grown) if grown else None
    over_hivex = report.ratio(hivex, compiled)
    return [
        Promise("walk, compiled, against hivex", "1.5 x", over_hivex, "x", 1.5),
        Promise("the same, as aimed at", "2.5 x", over_hivex, "x", 2.5),
        Promise("walk, compiled, against libregf", "8 x", report.ratio(libregf, compiled), "x", 8),
        Promise("walk, plain, against libregf", "1 x", report.ratio(libregf, plain), "x", 1),
        Promise("open and one value, against hivex", "3 x", opened, "x", 3),
        Promise("import, median", "under 60 ms", importing, "ms", 60, most=True),
        Promise("time per key, largest hive / smallest", "at most 1.5", slower, "", 1.5, most=True),
        Promise("memory of a walk / file", "at most 1.5", memory, "", 1.5, most=True),
    ]


def measured(run: Run) -> str:
    """Everything, as the text of a section."""
    sections: list[str] = []
    walk = walks(run, sections)
    one = one_value(run, sections)
    finds(run, sections)
    exports(run, sections)
    imported = imports(run, sections)
    grown = growth(run, sections)
    rows = judged(run, walk, one, imported, grown)
    return composed(not run.seconds, (), run.missing, rows, sections)


def forms(plain: str | None) -> dict[str, str]:
    """Label and interpreter of each form of this project that can be measured."""
    labels = {"compiled": COMPILED, "plain": PLAIN}
    found: dict[str, str] = {}
    for python in filter(None, (sys.executable, plain)):
        form = measure.form_of(python)
        if form is None:
            sys.exit(f"benchmarks: no anyreg in {python}")
        found.setdefault(labels[form], python)
    return {label: found[label] for label in labels.values() if label in found}


def arguments() -> argparse.Namespace:
    title = "Measure the reading of hives, side by side."
    parser = options(title, "once, on small hives", 5, plain=True)
    parser.add_argument("--hive", type=Path, help="a hive to read instead of the corpus's")
    parser.add_argument("--sizes", help="megabytes to generate (10,100,1000; quick: 0.2,0.4)")
    return parser.parse_args()


def main() -> None:
    asked = arguments()
    sizes = asked.sizes or ("0.2,0.4" if asked.quick else "10,100,1000")
    with tempfile.TemporaryDirectory(prefix="anyreg-benchmark-") as name:
        folder = Path(name)
        big, small = hives(asked.hive, asked.quick, folder)
        section = measured(
            Run(
                forms(asked.plain),
                asked.rounds or (1 if asked.quick else 5),
                0 if asked.quick else 1,
                big,
                small,
                [float(size) for size in sizes.split(",")],
                folder,
                {},
            )
        )
    deliver(section, asked.write)


def hives(asked: Path | None, quick: bool, folder: Path) -> tuple[Path, Path]:
    """The hive to read, and a small one."""
    if asked is not None:
        return asked, asked
    if (CORPUS / BIG).exists() and not quick:
        return (CORPUS / BIG).resolve(), (CORPUS / SMALL).resolve()
    big, small = folder / "GENERATED", folder / "SMALL"
    generate(big, 0.4 if quick else 15)
    generate(small, 0.2 if quick else 1)
    return big, small


if __name__ == "__main__":
    main()
