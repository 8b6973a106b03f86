"""Names of keys and values: case, lengths, odd letters, which spelling is kept."""

from __future__ import annotations

from typing import Any

from differential.cases import case, cases, steps, tried, winreg

SZ = winreg.REG_SZ

FOLDING = {
    "ascii": ("abc", "ABC"),
    "mixed": ("aBc", "AbC"),
    "latin": ("\xe4\xf6\xfc", "\xc4\xd6\xdc"),
    "y_diaeresis": ("\xff", "\u0178"),
    "micro": ("\xb5", "\u039c"),
    "sharp_s": ("\xdf", "SS"),
    "sharp_s_capital": ("\xdf", "\u1e9e"),
    "greek": ("\u03c3", "\u03a3"),
    "final_sigma": ("\u03c2", "\u03a3"),
    "sigmas": ("\u03c2", "\u03c3"),
    "cyrillic": ("\u0436", "\u0416"),
    "armenian": ("\u0561", "\u0531"),
    "georgian": ("\u10d0", "\u1c90"),
    "turkish_i": ("i", "\u0130"),
    "turkish_dotless": ("\u0131", "I"),
    "long_s": ("\u017f", "S"),
    "kelvin": ("k", "\u212a"),
    "angstrom": ("\xe5", "\u212b"),
    "ohm": ("\u03c9", "\u2126"),
    "roman": ("\u2170", "\u2160"),
    "circled": ("\u24d0", "\u24b6"),
    "fullwidth": ("\uff41", "\uff21"),
    "title_dz": ("\u01c6", "\u01c5"),
    "upper_dz": ("\u01c6", "\u01c4"),
    "iota": ("\u1f80", "\u1f88"),
    "deseret": ("\U00010428", "\U00010400"),
    "halves": ("\ud801", "\udc00"),
    "accent": ("e\u0301", "\xe9"),
    "width": ("a", "\uff41"),
    "space": ("a ", "a"),
    "cherokee": ("\uab70", "\u13a0"),
    "glagolitic": ("\u2c30", "\u2c00"),
    "coptic": ("\u2c81", "\u2c80"),
    "f6": ("\xf6", "\xd6"),
    "14d": ("\u014d", "\u014c"),
    "371": ("\u0371", "\u0370"),
    "beta": ("\u03d0", "\u0392"),
    "dot_s": ("\u1e9b", "\u1e60"),
}


@cases(**FOLDING)
def equal_keys(key: Any, one: str, other: str) -> object:
    winreg.CreateKey(key, one).Close()
    return [tried(winreg.OpenKey, key, other), tried(winreg.OpenKey, key, one)]


@cases(**FOLDING)
def equal_values(key: Any, one: str, other: str) -> object:
    winreg.SetValueEx(key, one, 0, SZ, "x")
    return [tried(winreg.QueryValueEx, key, other), tried(winreg.QueryValueEx, key, one)]


@cases(ascii=("Name", "NAME"), latin=("\xe4", "\xc4"), greek=("\u03c3", "\u03a3"))
def the_first_spelling_is_kept(key: Any, one: str, other: str) -> object:
    winreg.CreateKey(key, one).Close()
    winreg.CreateKey(key, other).Close()
    winreg.SetValueEx(key, one, 0, SZ, "x")
    winreg.SetValueEx(key, other, 0, SZ, "y")
    return [winreg.EnumKey(key, 0), winreg.EnumValue(key, 0), winreg.QueryInfoKey(key)[:2]]


@case
def a_new_key_has_a_new_spelling(key: Any) -> object:
    winreg.CreateKey(key, "name").Close()
    winreg.DeleteKey(key, "name")
    winreg.CreateKey(key, "NAME").Close()
    return winreg.EnumKey(key, 0)


@cases(most_documented=255, one_less=254, short=100)
def length_of_a_key(key: Any, size: int) -> object:
    name = "k" * size
    return [
        tried(winreg.CreateKey, key, name),
        tried(winreg.OpenKey, key, name.upper()),
        tried(winreg.EnumKey, key, 0) == f"'{name}'",
        tried(winreg.DeleteKey, key, name),
    ]


@cases(one_more=257, many=1000, huge=40000)
def too_long_for_a_key(key: Any, size: int) -> object:
    name = "k" * size
    return steps(
        (winreg.CreateKey, key, name),
        (winreg.OpenKey, key, name),
        (winreg.DeleteKey, key, name),
        (winreg.QueryValue, key, name),
        (winreg.SetValue, key, name, SZ, "x"),
    )


@case
def a_key_of_256_units(key: Any) -> object:
    name = "k" * 256
    return [tried(winreg.CreateKey, key, name), tried(winreg.OpenKey, key, name)]


@cases(fits=127, fits_just=128, too_long=129)
def astral_letters_count_twice(key: Any, size: int) -> object:
    return tried(winreg.CreateKey, key, "\U0001f600" * size)


@cases(short=400, most=16383)
def length_of_a_value(key: Any, size: int) -> object:
    name = "v" * size
    return [
        tried(winreg.SetValueEx, key, name, 0, SZ, "x"),
        tried(winreg.QueryValueEx, key, name.upper()),
        len(winreg.EnumValue(key, 0)[0]),
        tried(winreg.DeleteValue, key, name),
        winreg.QueryInfoKey(key)[1],
    ]


@cases(one_more=16384, more=20000)
def too_long_for_a_value(key: Any, size: int) -> object:
    name = "v" * size
    return steps(
        (winreg.SetValueEx, key, name, 0, SZ, "x"),
        (winreg.QueryValueEx, key, name),
        (winreg.DeleteValue, key, name),
    )


ODD = {
    "backslash": "a\\b",
    "leading": "\\a",
    "only_backslash": "\\",
    "slash": "/",
    "space": " ",
    "dot": ".",
    "control": "\x01",
    "newline": "\n",
    "equals": "a=b",
    "quote": '"',
    "at": "@",
    "default": "(Default)",
    "euro": "\u20ac",
    "astral": "\U0001f600",
    "half": "\ud800",
    "two_halves": "\udc00\ud800",
    "end": "\uffff",
    "right_to_left": "\u202ea",
    "zero_width": "a\u200b",
    "nbsp": "\xa0",
    "percent": "%PATH%",
    "star": "*",
}


@cases(**ODD)
def odd_value_names(key: Any, name: str) -> object:
    done = tried(winreg.SetValueEx, key, name, 0, SZ, "x")
    return [
        done,
        tried(winreg.EnumValue, key, 0),
        tried(winreg.QueryValueEx, key, name),
        tried(winreg.DeleteValue, key, name),
    ]


@cases(**{kind: name for kind, name in ODD.items() if "\\" not in name})
def odd_key_names(key: Any, name: str) -> object:
    done = tried(winreg.CreateKey, key, name)
    return [done, tried(winreg.EnumKey, key, 0), tried(winreg.DeleteKey, key, name)]


@case
def the_default_value_has_no_name(key: Any) -> object:
    winreg.SetValueEx(key, "@", 0, SZ, "at")
    winreg.SetValueEx(key, "", 0, SZ, "default")
    winreg.SetValueEx(key, "(Default)", 0, SZ, "words")
    return [winreg.QueryValueEx(key, name)[0] for name in ("", "@", "(default)")]
