"""The dump, to the byte."""

from __future__ import annotations

from anyreg.formats.dump import write
from anyreg.registry.rows import rows_of
from formats.models import Model, opened

TOP = Model(
    written=1,
    keys=[
        Model("b\ud800", [("", 1, b"\xff"), ("é\n", 2**32 - 1, b"")], class_name='"', written=2),
        Model("a", keys=[Model("c", written=4)], written=3),
    ],
)
BELOW_A = ['["k","a",3,""]\n', '["k","a\\\\c",4,""]\n']


def test_it_is_in_stored_order_and_ascii() -> None:
    assert list(write(rows_of(opened(TOP).root))) == [
        '["k","",1,""]\n',
        '["k","b\\ud800",2,"\\""]\n["v","",1,"ff"]\n["v","\\u00e9\\n",4294967295,""]\n',
        *BELOW_A,
    ]


def test_the_dump_of_a_key_is_a_part_of_the_whole() -> None:
    assert list(write(rows_of(opened(TOP).open("A")))) == BELOW_A
