"""The site: its navigation has every page, links stay in it, and it builds without a warning.

mkdocs says the same of links when it builds.  Here they are looked at by hand, so that a page is
held to it where the extra `docs` is not installed.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

import anyreg
from conftest import ROOT
from test_docs import PAGES, anchors, blocks, examples

DOCS = ROOT / "docs"
NAVIGATION = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:\n")[2]
NAMED = re.findall(r": (\S+\.md)$", NAVIGATION, re.MULTILINE)
DIRECTIVE = re.compile(r"^::: (\S+)$", re.MULTILINE)
PARSER = doctest.DocTestParser()
BUILDERS = ("mkdocs", "material", "mkdocstrings", "mkdocstrings_handlers.python")

each_page = pytest.mark.parametrize(
    "page", PAGES, ids=[page.relative_to(DOCS).as_posix() for page in PAGES]
)


def test_the_navigation_names_every_page_once() -> None:
    """A page that is in no menu is found by nobody, and one that is missing is a dead entry."""
    found = [page.relative_to(DOCS).as_posix() for page in PAGES]
    assert len(found) > 30
    assert Counter(NAMED) == Counter(found)


@each_page
def test_links_stay_in_the_site(page: Path) -> None:
    """Relative, to a page that is there, and to a heading that it has."""
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.S | re.M)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target in PAGES or target.suffix == ".svg", link
        assert not anchor or anchor in anchors(target), link


@each_page
def test_a_page_has_one_title_in_front_of_all(page: Path) -> None:
    """It is what the site shows in tabs and search."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.S | re.M)
    assert text.startswith("# ")
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1


def test_every_howto_shows_what_comes_out() -> None:
    """A page that only says how to is not believed: its examples run, and print something."""
    for page in (DOCS / "howto").glob("*.md"):
        python = [example for block in blocks(page, "pycon") for example in PARSER.parse(block)]
        printed = [each.want for each in python if isinstance(each, doctest.Example) and each.want]
        commands = [shown for block in blocks(page, "console") for _, shown in examples(block)]
        assert printed or any(commands), page.name


@pytest.mark.parametrize(
    ("word", "page"),
    [
        ("notification", "howto/watch.md"),
        ("logging", "howto/read-and-write.md"),
        ("owner", "howto/permissions.md"),
        ("HKCR", "registry.md"),
        ("WindowsError", "howto/testing.md"),
        ("CurrentControlSet", "registry.md"),
        ("RegNotifyChangeKeyValue", "howto/watch.md"),
    ],
)
def test_a_word_leads_to_its_page(word: str, page: str) -> None:
    """In the list of words, and by the search, which knows what stands on a page."""
    rows = (DOCS / "words.md").read_text("utf-8").splitlines()
    assert any(word in row and page in row for row in rows)
    assert word.lower() in (DOCS / page).read_text("utf-8").lower()


def test_the_list_of_words_is_sorted_and_leads_to_every_howto() -> None:
    """As people look a word up, and so that none is forgotten."""
    text = (DOCS / "words.md").read_text("utf-8")
    words = [row.split(" | ")[0].strip("| `\\").lower() for row in text.splitlines()[6:] if row]
    assert words == sorted(words, key=lambda word: word.strip("`"))
    for page in (DOCS / "howto").glob("*.md"):
        assert f"howto/{page.name}" in text


def documented() -> set[str]:
    """What the pages of the reference ask docstrings for."""
    pages = (DOCS / "api").glob("*.md")
    return {name for page in pages for name in DIRECTIVE.findall(page.read_text("utf-8"))}


def test_every_public_name_is_in_the_reference() -> None:
    """Itself, or with all of its module."""
    shown = documented()
    missing = []
    for name in anyreg.__all__:
        thing = getattr(anyreg, name)
        if not {thing.__module__, f"{thing.__module__}.{thing.__qualname__}"} & shown:
            missing.append(name)
    assert not missing


@pytest.mark.skipif(
    not all(find_spec(name.partition(".")[0]) for name in BUILDERS), reason="needs the extra docs"
)
def test_it_builds_without_a_warning(tmp_path: Path) -> None:
    """Strictly: pages, links, anchors, and every docstring of the reference."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONWARNINGS": ""}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stderr
    page = (tmp_path / "howto/walk.html").read_text("utf-8")
    assert "md-footer__link--prev" in page
    assert "md-footer__link--next" in page
    assert "extra.css" in page  # which wraps examples that are wider than the page
    reference = (tmp_path / "api/key.html").read_text("utf-8")
    internal = ("node", "told_path", "owning_backend", "graft", "leads_elsewhere")
    assert not [name for name in internal if f"Key.{name}" in reference]
    assert "KeyTree" not in reference
    assert 'id="anyreg.registry.key.Key.walk"' in reference
    assert (
        "anyreg.registry.key_values" in reference
        or 'id="anyreg.registry.key.Key.get_int"' in reference
    )
