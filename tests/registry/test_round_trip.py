"""Whatever a registry holds is the same again after export and import into an empty one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import anyreg
from anyreg import Key, KeyState, NotSupportedError, RegFileError, Registry
from anyreg.formats import csv_reader, json_reader, pol
from anyreg.formats.instructions import Instruction, Wanted
from anyreg.formats.kinds import Format
from anyreg.formats.regfile import parse as parse_reg
from anyreg.interchange.apply import apply
from anyreg.names import order_key
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.registry.exporting import Export, written
from anyreg.registry.rows import state_of
from anyreg.security.creation import ANYBODY
from anyreg.security.descriptor import default_descriptor
from anyreg.security.sddl import parse_sddl
from anyreg.types import ValueType
from conftest import Expected, each_expected
from formats.hives import expected, new_registry, stored
from formats.models import ANY_NAMES, NAMES, Model, Row, models, opened, rows

TOP = r"HKEY_LOCAL_MACHINE\X"
ALL = Wanted(times=True, security=True)
READERS: dict[Format, Callable[[BytesIO], object]] = {
    Format.REG: lambda file: parse_reg(file, prefix=TOP),
    Format.REG4: lambda file: parse_reg(file, prefix=TOP),
    Format.JSON: lambda file: json_reader.parse(file, wanted=ALL),
    Format.CSV: lambda file: csv_reader.parse(file, wanted=ALL),
    Format.POL: lambda file: pol.parse(file, prefix="X"),
}
OTHER_RIGHTS = parse_sddl("O:SYG:SYD:(A;CI;CC;;;WD)").build()
LOSSLESS = (Format.REG, Format.JSON, Format.CSV)
EXACT = (Format.JSON, Format.CSV)


def as_stored(name: str) -> str:
    """The name that a hive gives back: there two halves of a letter beside each other are one."""
    return name.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


# No lone halves of letters beside each other: two of them are one letter, in every file.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
WHOLE = NAMES.filter(lambda name: not any("\ud800" <= letter < "\ue000" for letter in name))
KEY_NAMES = WHOLE | st.builds("{}\udc00-{}".format, WHOLE, WHOLE)
ODD_NAMES = ANY_NAMES.map(as_stored)
ANSI_NAMES = st.text("aZ 09ä€ß\"'=@[];%", min_size=1, max_size=8)

ODD: list[Row] = [
    *(
        (f"{kind} {len(raw)} {index}", kind, raw)
        for kind in (*range(12), 0x200000, 0xFFFF0007)
        for index, raw in enumerate(
            (
                b"",
                b"\0",
                b"\0\0",
                b"\0\0\0\0",
                b"a\0",
                b"a\0\0\0",
                b"a\0\0\0b\0\0\0\0\0",
                b"a\0\0\0\0\0b\0\0\0",
                b"a\0\n\0\r\0\0\0",
                b'"\0,\0\\\0\0\0',
                b"\x00\xd8\0\0",
                b"\x3d\xd8\x00\xde\0\0",
                b"\1\2\3",
                bytes(range(8)),
                bytes(range(9)),
                b"\xff" * 8,
            )
        )
    ),
    ("", 1, b"d\0\0\0"),
    ('back\\slash "quote" \r\n\t,;=[]', 1, b"x\0\0\0"),
    ("\0nul\0", 3, b"\1"),
    ("=1+1", 1, "=1+1\0".encode("utf-16-le")),
    ("null", 7, "a\0\nb\0\0c\0\0".encode("utf-16-le")),
]
EVERYTHING = Model(
    values=ODD,
    class_name="top",
    keys=[
        Model("Größe ] [ = ;", ODD[:40], class_name="cläss"),
        Model("日本語 \U0001f600", [("Ω", 1, "Ω\0".encode("utf-16-le"))], [Model("below")]),
        Model('a,b"c', class_name='"x",\n'),
        Model("0"),
    ],
)


def document(top: Key, kind: Format, left_out: list[NotSupportedError] | None = None) -> bytes:
    on_error = None if left_out is None else left_out.append
    prefix = TOP if kind in (Format.REG, Format.REG4, Format.POL) else None
    options = Export(kind, prefix, "", on_error, security=kind in EXACT)
    return b"".join(written(top, kind, dict, options))


def imported(registry: Registry, data: bytes, kind: Format) -> None:
    steps: list[Instruction] = list(READERS[kind](BytesIO(data)))  # type: ignore[call-overload]
    apply(registry, steps)
    assert registry.check() == []


def classes(key: Key) -> list[object]:
    return [key.class_name, [[child.name, classes(child)] for child in key.children()]]


def classes_of(model: Model) -> list[object]:
    keys = sorted(model.keys, key=lambda key: order_key(key.name))
    return [model.class_name, [[key.name, classes_of(key)] for key in keys]]


def states(key: Key) -> list[object]:
    """What keys hold of their own: class, time, marks that stay and descriptor."""
    state = state_of(key, True)
    assert state is not None
    kept = state._replace(flags=state.flags & ~KEY_VOLATILE)  # a hive file has no volatile keys
    below = sorted(key.children(), key=lambda child: order_key(child.name))
    return [kept, [[child.name, states(child)] for child in below]]


def states_of(model: Model, inherited: bytes) -> list[object]:
    descriptor = model.descriptor or inherited
    keys = sorted(model.keys, key=lambda key: order_key(key.name))
    state = KeyState(model.class_name, model.written, model.flags, descriptor)
    below = ANYBODY.inherited(descriptor)
    return [state, [[key.name, states_of(key, below)] for key in keys]]


def assert_same(model: Model, kind: Format) -> None:
    with new_registry() as registry:
        imported(registry, document(opened(model).root, kind), kind)
        assert stored(registry.root) == expected(model)
        if kind in EXACT:
            assert states(registry.root) == states_of(model, default_descriptor())


@st.composite
def exact_models(draw: st.DrawFn) -> Model:
    """Keys of any names, times and rights, and links among them."""
    top = draw(models(ODD_NAMES, keys=ODD_NAMES))
    for path, model in top.walk():
        model.written = draw(st.integers(0, (1 << 64) - 1))
        model.descriptor = draw(st.sampled_from([b"", default_descriptor(), OTHER_RIGHTS]))
        model.flags = draw(st.sampled_from([0, KEY_LINK])) if path else 0
    return top


@pytest.mark.parametrize("kind", LOSSLESS)
def test_every_type_and_odd_data(kind: Format) -> None:
    """Each type with each sort of bytes, and names that quoting could trip over."""
    assert {row[1] for row in ODD} >= set(map(int, ValueType))
    assert_same(EVERYTHING, kind)


@pytest.mark.parametrize("kind", LOSSLESS)
@given(data=st.data())
def test_nothing_is_lost(data: st.DataObject, kind: Format) -> None:
    """Any tree of any values, by every format that can hold it."""
    assert_same(data.draw(models(KEY_NAMES)), kind)


@pytest.mark.parametrize("kind", EXACT)
@given(data=st.data())
def test_nothing_at_all_is_lost(data: st.DataObject, kind: Format) -> None:
    """Names with backslashes and line breaks, and none; times, rights and links."""
    assert_same(data.draw(exact_models()), kind)


@given(models(ANSI_NAMES))
def test_what_a_code_page_holds_is_kept_by_regedit4(model: Model) -> None:
    """What it cannot hold is told of, and all else is the same again."""
    left_out: list[NotSupportedError] = []
    data = document(opened(model).root, Format.REG4, left_out)
    with new_registry() as registry:
        imported(registry, data, Format.REG4)
        found, count = kept(registry.root, model)
        assert found
        assert count == len(left_out)


def kept(key: Key, model: Model) -> tuple[bool, int]:
    """Whether a key holds nothing else than its model, and how many values it lacks."""
    have = [(value.name, value.type, value.raw) for value in key.records()]
    lost = sum(row not in have for row in model.values)
    good = [row for row in model.values if row in have] == have
    assert len(key.subkeys) == len(model.keys)
    for below in model.keys:
        same, more = kept(key / below.name, below)
        good, lost = good and same, lost + more
    return good, lost


@given(models(ANSI_NAMES).filter(lambda model: not model.values))
def test_what_a_policy_holds_is_kept(model: Model) -> None:
    """Any type and bytes up to its limit, below keys that have a name."""
    left_out: list[NotSupportedError] = []
    data = document(opened(model).root, Format.POL, left_out)
    with new_registry() as registry:
        imported(registry, data, Format.POL)
        assert stored(registry.root) == expected(model)
    assert not left_out


@given(rows(TEXTS))
def test_a_policy_says_what_it_cannot_hold(values: list[Row]) -> None:
    """Every value is kept, or told of."""
    left_out: list[NotSupportedError] = []
    model = Model(keys=[Model("k", [*values, ("**del.x", 1, b""), ("big", 3, bytes(0x10000))])])
    data = document(opened(model).root, Format.POL, left_out)
    with new_registry() as registry:
        imported(registry, data, Format.POL)
        found, count = (
            kept(registry.root, model) if registry.root.subkeys else (True, len(left_out))
        )
        assert found
        assert count == len(left_out) >= 2


@given(models(ODD_NAMES, keys=ODD_NAMES))
def test_a_hive_is_the_same_hive(model: Model) -> None:
    """Export as a hive is saving it, with times and classes."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "out.hive"
        opened(model).root.export(file)
        with anyreg.open(file) as registry:
            assert stored(registry.root) == expected(model)
            assert classes(registry.root) == classes_of(model)
            assert registry.root.last_written == model.written
            assert registry.check() == []


DOUBLES = "corner/DuplicateSubkeysHive"  # two keys of one name, which no import makes


def is_small(hive: Expected) -> bool:
    return 4096 < hive.file.stat().st_size < 1 << 20


@pytest.mark.parametrize("kind", LOSSLESS)
@each_expected(lambda hive: hive.clean and is_small(hive) and hive.path != DOUBLES)
def test_real_hives(hive: Expected, kind: Format) -> None:
    """What Windows has written, and the names that this project's own tests would not think of."""
    with anyreg.open(hive.file) as registry, new_registry() as new:
        imported(new, document(registry.root, kind), kind)
        assert stored(new.root) == stored(registry.root)
        if kind in EXACT:
            assert states(new.root) == states(registry.root)


@pytest.mark.parametrize("kind", EXACT)
@each_expected(lambda hive: hive.path == DOUBLES)
def test_the_first_of_two_real_keys_is_kept(hive: Expected, kind: Format, tmp_path: Path) -> None:
    """An error that names the place; if that is wanted, the second is left out and told."""
    file = tmp_path / f"out.{kind}"
    left_out: list[RegFileError] = []
    with anyreg.open(hive.file) as registry, new_registry() as new:
        registry.root.export(file)
        with pytest.raises(RegFileError, match="each key once"):
            new.import_(file)
        assert stored(new.root) == ([], [])
        new.import_(file, on_error=left_out.append)
        assert len(left_out) == 1
        assert left_out[0].line > 1
        keys = len(list(registry.root.walk()))
        assert len(list(new.root.walk())) == keys - 1
        assert new.check() == []
