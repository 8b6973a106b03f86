"""A small registry in memory for the tests of the public objects."""

from __future__ import annotations

from anyreg import Registry
from anyreg.backends.hive import HiveBackend
from hives import NK_CLASS, NK_CLASS_SIZE, Maker, open_bytes


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def over(maker: Maker) -> Registry:
    """A registry over a hive made by hand."""
    return Registry(HiveBackend(open_bytes(maker.build())))


def sample() -> Registry:
    r"""A registry with values of every kind.

    root
        Software            class "Klasse"
            Alpha           s, x, l: texts; n, b, q: numbers; m: list; r: bytes; "": default
                Uninstall
                    One, Two
            beta
                Uninstall
                    Three
        System
    """
    maker = Maker()
    root = maker.key("root")
    software, _ = maker.give_keys(root, "Software", "System")
    maker.put(software, NK_CLASS, maker.cell(wide("Klasse")))
    maker.put(software, NK_CLASS_SIZE, 12, "<H")
    alpha, beta = maker.give_keys(software, "Alpha", "beta")
    for key, below in ((alpha, ("One", "Two")), (beta, ("Three",))):
        (uninstall,) = maker.give_keys(key, "Uninstall")
        maker.give_keys(uninstall, *below)
    rows = (
        ("", wide("default\0"), 1),
        ("s", wide("Text\0"), 1),
        ("x", wide("%HOME%\\x\0"), 2),
        ("l", wide("\\Registry\\Machine"), 6),
        ("n", (1234).to_bytes(4, "little"), 4),
        ("b", (5678).to_bytes(4, "big"), 5),
        ("q", (1 << 40).to_bytes(8, "little"), 11),
        ("m", wide("one\0two\0\0"), 7),
        ("r", b"\xde\xad\xbe\xef\x00", 3),
    )
    maker.give_values(alpha, *(maker.value(name, raw, kind) for name, raw, kind in rows))
    return over(maker)
