"""The pictures of the documents show what is so."""

from __future__ import annotations

import re
import runpy
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conftest import ROOT
from test_layers import ROWS

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
