r"""Keys of Wine's files as the lines that they stand in, and what becomes of these by a change.

A section is a key's line in brackets with all up to the next one.  The blank lines before it, and
the comments between them and it, are a part of it.  A change touches the lines of what has changed;
what is new is put in Wine's order before the first line, or section, that stands behind it there.

A key may have several sections, where people have written into the file: the last line of a value
counts, and the first time of a key.  A key has none where it holds only subkeys.

Source: see the package.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from anyreg.formats.wine.escapes import escaped, wine_order
from anyreg.formats.wine.values import value_line
from anyreg.names import fold
from anyreg.values import Value

HEADER: Final = 0
TIME: Final = 1
CLASS: Final = 2
LINK: Final = 3
VALUE: Final = 4
BLANK: Final = 5
COMMENT: Final = 6
OTHER: Final = 7
"""Kinds of lines; OTHER are options and whatever else nobody here understands."""

_KEPT: Final = (COMMENT, OTHER)
_OWN: Final = (VALUE, COMMENT, OTHER)  # what a key's further sections add to its first
_FACTS: Final = (HEADER, TIME, CLASS, LINK)
_LOW: Final = 0xFFFF_FFFF
_TICKS: Final = 10_000_000
_OF_1970: Final = 116_444_736_000_000_000


class WineLine:
    """A line of a file, or the lines of one value.

    Attributes:
        kind: What it is.
        text: It, with its line break.
        value: The value of a VALUE.
    """

    __slots__ = ("kind", "text", "value")

    def __init__(self, kind: int, text: str, value: Value | None = None) -> None:
        self.kind = kind
        self.text = text
        self.value = value


class WineKeyState(NamedTuple):
    """What a file is to say of a key.

    Attributes:
        names: The names that lead to it from the file's root.
        time: FILETIME of its last change.
        class_name: "" for none.
        is_link: Whether it is a symbolic link.
        values: Its values.
        has_subkeys: Whether there are any; then the key may be left to their names.
    """

    names: list[str]
    time: int
    class_name: str
    is_link: bool
    values: list[Value]
    has_subkeys: bool

    @property
    def is_written(self) -> bool:
        """Whether Wine's server writes a section for it."""
        return bool(self.values or self.class_name) or self.is_link or not self.has_subkeys


class WineSection:
    """A key's lines.

    Attributes:
        names: The names that lead to it from the file's root.
        lines: The lines.
        number: The number of its line in brackets, from 1; 0 of a new one.
        time: FILETIME of its last change; 0 where it is not told.
        class_name: "" for none.
        is_link: Whether it is a symbolic link.
    """

    __slots__ = ("_place", "class_name", "is_link", "lines", "names", "number", "time")

    def __init__(self, names: list[str], lines: list[WineLine], number: int = 0) -> None:
        self.names = names
        self.lines = lines
        self.number = number
        self.time = 0
        self.class_name = ""
        self.is_link = False
        self._place = b""

    @property
    def place(self) -> bytes:
        """Bytes that sort as sections stand in a file that Wine has written."""
        if not self._place:
            self._place = wine_order(self.names)
        return self._place

    def values(self) -> list[Value]:
        """Its values, in the order of their lines."""
        return [line.value for line in self.lines if line.value is not None]

    def text(self) -> str:
        """Its lines."""
        return "".join([line.text for line in self.lines])


def effective(sections: list[WineSection]) -> dict[str, Value]:
    """The values of a key by folded name: where one has several lines, the last one counts."""
    return {fold(value.name): value for section in sections for value in section.values()}


def new_section(state: WineKeyState) -> WineSection:
    """The section of a new key, as Wine's server writes it."""
    lines = [
        WineLine(BLANK, "\n"),
        WineLine(HEADER, _header(state)),
        _time(state.time),
    ]
    if state.class_name:
        lines.append(_class(state.class_name))
    if state.is_link:
        lines.append(WineLine(LINK, "#link\n"))
    lines += [_value(value) for value in sorted(state.values, key=_value_place)]
    return _section(state, lines)


def rewritten(sections: list[WineSection], state: WineKeyState) -> WineSection | None:
    """What takes the place of a key's first section, its others being left out; None: nothing.

    Args:
        sections: They, in the order of the file; at least one.
        state: What the file is to say.
    """
    before = effective(sections)
    after = {fold(value.name): value for value in state.values}
    stale = {name for name, value in before.items() if after.get(name) != value}
    lines = _gathered(sections)
    if stale:
        lines = _renewed(lines, stale, after)
    for name in sorted(after.keys() - before.keys(), key=lambda name: _value_place(after[name])):
        _insert(lines, after[name])
    if not state.is_written and not any(line.kind in _KEPT for line in lines):
        return None
    _set_header(lines, sections[0], state)
    _set_class(lines, class_of(sections), state)
    return _section(state, lines)


def class_of(sections: list[WineSection]) -> str:
    """The class name of a key: the last that is told counts."""
    found = ""
    for section in sections:
        found = section.class_name or found
    return found


def moved(section: WineSection, names: list[str]) -> WineSection:
    """A section of a key that has other names now.

    Args:
        section: The section.
        names: The names that lead to the key.
    """
    found = WineSection(names, list(section.lines), section.number)
    found.time, found.class_name, found.is_link = section.time, section.class_name, section.is_link
    for at, line in enumerate(found.lines):
        if line.kind == HEADER:
            found.lines[at] = WineLine(
                HEADER, f"[{_path(names)}{line.text[line.text.rindex(']') :]}"
            )
    return found


def _gathered(sections: list[WineSection]) -> list[WineLine]:
    """The lines of a key as one section's."""
    lines = _ended(sections[0].lines)
    for section in sections[1:]:
        lines += [line for line in _ended(section.lines) if line.kind in _OWN]
    return lines


def _ended(lines: list[WineLine]) -> list[WineLine]:
    """The lines; the last of a file may lack its line break."""
    last = lines[-1]
    if last.text.endswith("\n"):
        return list(lines)
    return [*lines[:-1], WineLine(last.kind, last.text + "\n", last.value)]


def _renewed(lines: list[WineLine], stale: set[str], after: dict[str, Value]) -> list[WineLine]:
    """The lines with other ones for values that have changed, and none for those that are gone."""
    found: list[WineLine] = []
    waiting = {name for name in stale if name in after}
    for line in lines:
        value = line.value
        name = "" if value is None else fold(value.name)
        if value is None or name not in stale:
            found.append(line)
        elif name in waiting:
            waiting.discard(name)
            found.append(_value(after[name]))
    return found


def _insert(lines: list[WineLine], value: Value) -> None:
    """Put the line of a new value in Wine's order."""
    place = _value_place(value)
    at = 0
    for index, line in enumerate(lines):
        other = line.value
        if other is not None and _value_place(other) > place:
            at = index
            break
        if other is not None or line.kind in _FACTS:
            at = index + 1
    lines.insert(at, _value(value))


def _set_header(lines: list[WineLine], first: WineSection, state: WineKeyState) -> None:
    """Let the lines say the key's names and time."""
    if state.time == first.time:
        return
    has_time = False
    for at, line in enumerate(lines):
        if line.kind == HEADER:
            lines[at] = WineLine(HEADER, _header(state))
        elif line.kind == TIME and not has_time:
            has_time = True
            lines[at] = _time(state.time)
    if not has_time:
        lines.insert(_behind(lines, HEADER), _time(state.time))


def _set_class(lines: list[WineLine], before: str, state: WineKeyState) -> None:
    if state.class_name == before:
        return
    lines[:] = [line for line in lines if line.kind != CLASS]
    if state.class_name:
        lines.insert(_behind(lines, TIME), _class(state.class_name))


def _behind(lines: list[WineLine], kind: int) -> int:
    kinds = [line.kind for line in lines]
    return kinds.index(kind if kind in kinds else HEADER) + 1


# Lines as Wine writes them


def _header(state: WineKeyState) -> str:
    ticks = state.time - _OF_1970
    seconds = ticks // _TICKS if ticks >= 0 else -(-ticks // _TICKS)
    return f"[{_path(state.names)}] {seconds & _LOW}\n"


def _path(names: list[str]) -> str:
    return "\\\\".join([escaped(name, "[]") for name in names])


def _time(time: int) -> WineLine:
    return WineLine(TIME, f"#time={time >> 32 & _LOW:x}{time & _LOW:08x}\n")


def _class(class_name: str) -> WineLine:
    return WineLine(CLASS, f'#class="{escaped(class_name, chr(34))}"\n')


def _value(value: Value) -> WineLine:
    return WineLine(VALUE, value_line(value), value)


def _value_place(value: Value) -> bytes:
    return wine_order([value.name])


def _section(state: WineKeyState, lines: list[WineLine]) -> WineSection:
    found = WineSection(state.names, lines)
    found.time, found.class_name, found.is_link = state.time, state.class_name, state.is_link
    return found
