"""The pictures of the documents show what is so."""

from __future__ import annotations

import re
import runpy
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from xml.etree import ElementTree

import pytest

import anyreg
from anyreg import winreg
from anyreg.engine import COMPILED
from conftest import ROOT
from test_layers import MODULES, ROWS, unit_of

DOCS = ROOT / "docs"
PICTURES = sorted(DOCS.glob("*.svg"))


@pytest.mark.skipif(not (find_spec("typer") and find_spec("rich")), reason="needs the extra cli")
def test_they_are_as_they_would_be_drawn_now() -> None:
    """What a command prints, and the table of the layers, may change; then tools/pictures.py."""
    drawn = runpy.run_path(str(ROOT / "tools/pictures.py"))["pictures"]()
    assert {file.name: file.read_text("utf-8") for file in PICTURES} == {
        file.name: text for file, text in drawn.items()
    }


def test_the_layers_are_those_that_are_enforced() -> None:
    """Each unit that tests/test_layers.py knows has its place, and is named once."""
    text = (DOCS / "layers.svg").read_text("utf-8")
    names = re.findall(r"[\w]+", " ".join(re.findall(r"font-weight[^>]*>([^<]*)<", text)))
    units = {unit for row in ROWS for unit in row} - {"web", "__main__"}
    assert sorted(name for name in names if name != "anyreg") == sorted(units)


def called(work: Callable[[], object]) -> list[str]:
    """The functions of the package that are called, in order; of compiled ones none is seen."""
    seen: list[str] = []

    def look(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and "anyreg" in frame.f_code.co_filename:
            seen.append(frame.f_code.co_qualname)

    sys.setprofile(look)
    try:
        work()
    finally:
        sys.setprofile(None)
    return seen


def test_the_way_of_a_value_is_the_one_that_it_takes(tmp_path: Path) -> None:
    """Each step is called, in this order, and is a function of its layer."""
    steps = runpy.run_path(str(ROOT / "tools/pictures.py"))["steps"]
    wanted = steps((DOCS / "design.md").read_text("utf-8"))
    assert len(wanted) > len(ROWS) / 2
    for layer, call, _ in wanted:
        *_, name = call.split(".")
        files = [file for file in MODULES if unit_of(file) == layer]
        assert any(f"def {name}(" in file.read_text("utf-8") for file in files), call
    with anyreg.open(f"{tmp_path / 'own'}/", "x") as registry, anyreg.use(registry):
        key = winreg.CreateKey(winreg.HKEY_CURRENT_USER, "Vendor")
        seen = called(lambda: winreg.SetValueEx(key, "Name", 0, winreg.REG_SZ, "longer than that"))
        key.Close()
        registry.check()
    left = iter(seen)
    assert COMPILED or [call for _, call, _ in wanted if call not in left] == []


@pytest.mark.parametrize("picture", PICTURES, ids=[picture.name for picture in PICTURES])
def test_a_picture_needs_nothing_else(picture: Path) -> None:
    """No script, and no font or image of another place; and it says what it is."""
    root = ElementTree.fromstring(picture.read_text("utf-8"))
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "title", "rect", "circle", "text", "tspan"}
    assert "url(" not in picture.read_text("utf-8")
    assert root.find("{*}title") is not None


@pytest.mark.parametrize("picture", PICTURES, ids=[picture.name for picture in PICTURES])
def test_no_text_runs_out_of_its_picture(picture: Path) -> None:
    """Nor into the next column; a letter takes 8.5 pixels at most on average."""
    root = ElementTree.fromstring(picture.read_text("utf-8"))
    lines: dict[str, list[tuple[float, int]]] = {}
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
        length = len("".join(text.itertext()))
        lines.setdefault(text.attrib["y"], []).append((float(text.attrib["x"]), length))
    for texts in lines.values():
        ends = [*(x for x, _ in texts[1:]), float(root.attrib["width"])]
        for (x, length), end in zip(texts, ends, strict=True):
            assert x + 8.5 * length <= end


@pytest.mark.parametrize("picture", PICTURES, ids=[picture.name for picture in PICTURES])
def test_a_picture_is_shown(picture: Path) -> None:
    """On a page, with words for those who do not see it."""
    pages = [ROOT / "README.md", *DOCS.glob("*.md")]
    texts = [page.read_text("utf-8") for page in pages]
    assert any(re.search(rf"!\[[^\]]{{20,}}\]\([\w/]*{picture.name}\)", text) for text in texts)
