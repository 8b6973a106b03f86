"""The documents say what is true: their examples run, their links lead somewhere.

In a ```pycon block the lines behind >>> run, in order and with what the blocks above them in the
document left.  In a ```console block the lines behind $ run, in order; the lines below must be
what is printed, stdout first, and a line of three dots stands for any number of lines.  Of the
shell only `; echo $?` is understood.  A ```reg NAME block is the file NAME.

Examples change files, so each console block, and each document's Python, has a folder of its own
with copies of samples/ and README.md.
"""

from __future__ import annotations

import ast
import contextlib
import doctest
import io
import re
import shlex
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from anyreg.regf import layout
from conftest import ROOT

NOTES = ROOT / "docs/notes"  # for those who write the project, and no part of its documents
PAGES = [page for page in (ROOT / "docs").rglob("*.md") if NOTES not in page.parents]
DOCUMENTS = sorted(
    [*(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "CHANGELOG")), *PAGES]
)
NAMES = [document.relative_to(ROOT).as_posix() for document in DOCUMENTS]
README = ROOT / "README.md"
LONGEST_README = 121
INSTALL = 'python3 -m venv .venv && .venv/bin/pip install -q ".[cli]" && .venv/bin/anyreg tree HKCU'
TEST = (
    'python3 -m venv .venv && .venv/bin/pip install -q ".[cli,test]" && .venv/bin/pytest -q -n auto'
)
STATUS = "; echo $?"
REG_FILE = re.compile(r"^```reg (\S+)\n(.*?)^```", re.DOTALL | re.MULTILINE)

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)


def blocks(document: Path, kind: str) -> list[str]:
    """The fenced blocks of a kind."""
    return re.findall(
        rf"^```{kind}\n(.*?)^```", document.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )


def examples(block: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console block, and the lines that it shows."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *shown = part.splitlines()
        yield command, shown


EXAMPLES = [
    pytest.param(document, list(examples(block)), id=f"{name} {number}: {next(examples(block))[0]}")
    for document, name in zip(DOCUMENTS, NAMES, strict=True)
    for number, block in enumerate(blocks(document, "console"), 1)
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where examples run: what the project's folder has for them, to be changed at will."""
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    shutil.copy(README, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANYREG_HOME", str(tmp_path / "registry"))
    monkeypatch.setenv("ANYREG_HISTORY", str(tmp_path / "history"))
    return tmp_path


def printed(command: str) -> list[str]:
    """The lines that a command prints, stdout before stderr."""
    from anyreg.cli import main
    from anyreg.install import installed

    program, *arguments = shlex.split(command.removesuffix(STATUS))
    assert program == "anyreg"
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n")
    err = io.StringIO()
    is_run = arguments[0] == "run"  # whose process offers winreg to its end; this one goes on
    kept = installed(ctypes=True, pywin32=True) if is_run else contextlib.nullcontext()
    with kept, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(arguments)
        out.flush()
    assert isinstance(out.buffer, io.BytesIO)
    text = out.buffer.getvalue().decode("utf-8") + err.getvalue()
    return text.splitlines() + ([str(status)] if command.endswith(STATUS) else [])


def fits(lines: list[str], shown: list[str]) -> bool:
    """Whether lines are those shown, where "..." stands for any number of them."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line.rstrip()) + r"\n"
        for line in shown
    )
    text = "".join([line.rstrip() + "\n" for line in lines])
    return re.fullmatch(pattern, text) is not None


@pytest.mark.skipif(not (find_spec("typer") and find_spec("rich")), reason="needs the extra cli")
@pytest.mark.parametrize(("document", "shown"), EXAMPLES)
def test_commands_print_what_is_shown(
    document: Path, shown: list[tuple[str, list[str]]], folder: Path
) -> None:
    """On the files of samples/, and those that the document makes."""
    for name, text in REG_FILE.findall(document.read_text("utf-8")):
        (folder / name).write_text(text, "utf-8")
    for command, lines in shown:
        found = printed(command)
        assert fits(found, lines), "\n".join([command, *found])


@each_document
@pytest.mark.usefixtures("folder")
def test_the_examples_in_python_hold(document: Path) -> None:
    """Run with doctest."""
    namespace: dict[str, object] = {}
    report: list[str] = []
    for block in blocks(document, "pycon"):
        test = doctest.DocTestParser().get_doctest(block, namespace, document.name, None, 0)
        runner = doctest.DocTestRunner(verbose=False)
        runner.run(test, out=report.append, clear_globs=False)
        namespace = test.globs
    assert not report, "".join(report)


@each_document
def test_other_python_at_least_compiles(document: Path) -> None:
    """A ```python block shows what is not run, such as the use of a file that nobody has."""
    for block in blocks(document, "python"):
        ast.parse(block)


def anchors(document: Path) -> set[str]:
    """What the headings of a document can be linked as."""
    titles = re.findall(r"^#+ (.*)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@each_document
def test_links_within_the_project_lead_somewhere(document: Path) -> None:
    """Files exist, and so do the headings that are linked."""
    text = re.sub(r"`[^`\n]*`", "", document.read_text("utf-8"))
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_document_is_linked_from_the_readme_or_from_one_that_is() -> None:
    """Nobody looks into a folder to see what there is to read."""
    linked = {
        name
        for document in DOCUMENTS
        for name in re.findall(r"[\w-]+\.md", document.read_text("utf-8"))
    }
    assert {document.name for document in DOCUMENTS} - {"README.md"} <= linked


def test_the_readme_is_short_and_has_the_two_commands() -> None:
    """One that runs the program, one that runs the tests, which .ci/run takes from there."""
    text = README.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST_README
    assert INSTALL in text
    assert TEST in text
    assert TEST in (ROOT / ".ci/lib.sh").read_text("utf-8")


def test_the_readme_shows_first_what_it_is() -> None:
    """Three lines of code, one picture, the table; what is to be installed comes after these."""
    text = README.read_text("utf-8")
    code, picture, table, install = (
        re.search(pattern, text, re.MULTILINE)
        for pattern in (
            r"^```\w+\n((?:.*\n)*?)^```",
            r"^!\[.*\]\(.*\)$",
            r"^\|",
            r"venv|pip install",
        )
    )
    assert code
    assert picture
    assert table
    assert install
    assert len(re.findall("^>>> ", code[1], re.MULTILINE)) == 3
    assert code.end() < picture.start() < picture.end() < table.start() < install.start()
    assert len(re.findall(r"^!\[", text[: install.start()], re.MULTILINE)) == 1
    assert not re.search("^#+ ", text[picture.end() : table.start()], re.MULTILINE)


def test_every_command_has_an_example() -> None:
    """In the document on the commands."""
    pytest.importorskip("typer")
    from anyreg.cli.program import program

    shown = {
        shlex.split(command)[1]
        for block in blocks(ROOT / "docs/cli.md", "console")
        for command, _ in examples(block)
    }
    commands = {command.name for command in program([]).registered_commands}
    assert len(commands) > 1
    assert commands <= shown


FIELD = re.compile(r"^\| (\d+)(?: \(`\w+`\))? \|(?:[^|]*\|)?? `([A-Z_0-9]+)` \|", re.MULTILINE)


def test_the_tables_of_the_format_are_those_of_the_code() -> None:
    """Each offset with a name is that constant of the layout."""
    fields = FIELD.findall((ROOT / "docs/format.md").read_text("utf-8"))
    assert len(fields) > 60
    wrong = [name for at, name in fields if getattr(layout, name) != int(at)]
    assert not wrong
