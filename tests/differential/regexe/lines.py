r"""Command lines of reg.exe: every verb that Wine has, with every option, in usual and odd forms.

None of them asks anything: Wine's questions need a console to be answered on.
"""

from __future__ import annotations

from differential.regexe.cases import (
    EMPTY,
    FULL,
    NAME,
    NOTHING,
    RICH,
    Case,
    K,
    Seed,
    named,
    once,
    sz,
    utf16,
)

F = "/f"


def _data() -> dict[str, Case]:
    """REG ADD of data in any type."""
    texts = {
        "word": "word",
        "blanks": "two words ",
        "nothing": "",
        "quote": 'say "x"',
        "backslash": "C:\\x\\",
        "zero": r"a\0b",
        "percent": "%PATH%",
        "slash": "/v",
        "hyphen": "-",
        "umlaut": "\xe4\xdf",
        "greek": "\u03a9",
        "digits": "0x10",
        "tab": "a\tb",
    }
    numbers = {
        "zero": "0",
        "one": "1",
        "leading zeros": "0123",
        "hex": "0x1f",
        "capital hex": "0XFF",
        "hex letters": "0xdeadBEEF",
        "32 bits": "4294967295",
        "33 bits": "4294967296",
        "hex of 32 bits": "0xffffffff",
        "hex of 33 bits": "0x1ffffffff",
        "64 bits": "18446744073709551615",
        "65 bits": "18446744073709551616",
        "hex of 64 bits": "0xffffffffffffffff",
        "hex of 65 bits": "0x10000000000000000",
        "minus one": "-1",
        "minus five": "-5",
        "minus hex": "-0x1",
        "plus": "+7",
        "letters": "abc",
        "number and letters": "12ab",
        "hex without digits": "0x",
        "wrong hex": "0x12g",
        "two zeros": "00x12",
        "blank behind": "1 ",
        "point": "1.5",
        "underscore": "1_0",
        "nothing": "",
    }
    digits = {
        "bytes": "0a0b",
        "capitals": "DEADBEEF",
        "odd": "abc",
        "one": "7",
        "nothing": "",
        "prefix": "0x12",
        "no hex": "xy",
        "blank": "0a 0b",
        "comma": "0a,0b",
        "half": "0x",
        "letter behind": "01x",
    }
    lists = {
        "one": "one",
        "two": r"one\0two",
        "three": r"one\0two\0three",
        "end": r"one\0",
        "begin": r"\0one",
        "middle": r"one\0\0two",
        "alone": r"\0",
        "twice": r"\0\0",
        "nothing": "",
        "blank": r"a b\0c d",
        "backslash": r"a\b\0c",
    }
    with_sign = {
        "two": "a#b",
        "end": "a#",
        "begin": "#a",
        "middle": "a##b",
        "alone": "#",
        "twice": "##",
        "none": "ab",
        "nothing": "",
        "other sign": r"a\0#b",
        "sign first": r"a#\0b",
        "only other": r"a\0\0b",
    }
    kinds = {
        "REG_SZ": texts,
        "REG_EXPAND_SZ": texts,
        "REG_NONE": texts,
        "REG_DWORD": numbers,
        "REG_QWORD": numbers,
        "REG_DWORD_BIG_ENDIAN": numbers,
        "REG_DWORD_LITTLE_ENDIAN": {"one": "1", "hex": "0x456", "nothing": "", "minus": "-1"},
        "REG_BINARY": digits,
        "REG_MULTI_SZ": lists,
    }
    lines: dict[str, tuple[str, ...]] = {}
    for kind, rows in kinds.items():
        for name, data in rows.items():
            lines[f"{kind} {name}"] = ("add", K, "/v", "n", "/t", kind, "/d", data, F)
        lines[f"{kind} left out"] = ("add", K, "/v", "n", "/t", kind, F)
        lines[f"{kind} default"] = ("add", K, "/ve", "/t", kind, F)
    for name, data in with_sign.items():
        lines[f"sign {name}"] = (
            "add",
            K,
            "/v",
            "n",
            "/t",
            "reg_multi_sz",
            "/s",
            "#",
            "/d",
            data,
            F,
        )
    return once(NOTHING, lines)


def _adding() -> dict[str, Case]:
    """REG ADD: keys, names, options."""
    return once(
        NOTHING,
        {
            "key": ("add", K, F),
            "key without force": ("add", K),
            "deep key": ("add", rf"{K}\x\y\z", F),
            "long root": ("add", FULL, F),
            "root in small letters": ("add", rf"hkcu\Software\{NAME}", F),
            "backslash behind": ("add", f"{K}\\x\\", F),
            "two backslashes behind": ("add", f"{K}\\x\\\\", F),
            "two backslashes inside": ("add", f"{K}\\\\x", F),
            "slash in a name": ("add", f"{K}\\https://x", F),
            "blank behind a name": ("add", f"{K}\\x ", F),
            "root and a backslash": ("add", "HKCU\\", "/v", NAME, F),
            "backslash in front": ("add", f"\\{K}", F),
            "two backslashes in front": ("add", f"\\\\{K}", F),
            "no root": ("add", rf"Software\{NAME}", F),
            "root with a letter more": ("add", rf"HKCUX\{NAME}", F),
            "nothing": ("add", "", F),
            "no key": ("add",),
            "default": ("add", K, "/ve", F),
            "default of a text": ("add", K, "/ve", "/d", "x", F),
            "data alone": ("add", K, "/d", "x", F),
            "type alone": ("add", K, "/t", "REG_DWORD", "/d", "5", F),
            "type alone without data": ("add", K, "/t", "REG_DWORD", F),
            "name": ("add", K, "/v", "n", F),
            "empty name": ("add", K, "/v", "", "/d", "x", F),
            "name of a backslash": ("add", K, "/v", "a\\b", "/d", "x", F),
            "name that is an option": ("add", K, "/v", "/d", "/d", "x", F),
            "name with a hyphen": ("add", K, "/v", "-x", "/d", "y", F),
            "capital options": ("add", K, "/V", "n", "/T", "REG_SZ", "/D", "x", "/F"),
            "hyphens": ("add", K, "-v", "n", "-t", "REG_SZ", "-d", "x", "-f"),
            "capital default": ("add", K, "/VE", "/D", "x", "/F"),
            "any order": ("add", K, "/f", "/d", "x", "/v", "n"),
            "options first": ("add", "/f", K),
            "small type": ("add", K, "/v", "n", "/t", "reg_sz", "/d", "x", F),
            "no type": ("add", K, "/v", "n", "/t", "", "/d", "x", F),
            "number for a type": ("add", K, "/v", "n", "/t", "1", "/d", "x", F),
            "type without reg": ("add", K, "/v", "n", "/t", "SZ", "/d", "x", F),
            "unknown type": ("add", K, "/v", "n", "/t", "REG_NOPE", "/d", "x", F),
            "link": ("add", K, "/v", "n", "/t", "REG_LINK", "/d", "x", F),
            "resource list": ("add", K, "/v", "n", "/t", "REG_RESOURCE_LIST", F),
            "name left out": ("add", K, "/v"),
            "type left out": ("add", K, "/v", "n", "/t"),
            "data left out": ("add", K, "/v", "n", F, "/d"),
            "separator left out": ("add", K, "/v", "n", "/t", "REG_MULTI_SZ", "/s"),
            "long separator": ("add", K, "/v", "n", "/t", "REG_MULTI_SZ", "/s", "#x", "/d", "a", F),
            "zero as separator": (
                *("add", K, "/v", "n", "/t", "REG_MULTI_SZ", "/s", r"\0", "/d", "a", F),
            ),
            "empty separator": ("add", K, "/v", "n", "/t", "REG_MULTI_SZ", "/s", "", "/d", "a", F),
            "separator of a text": ("add", K, "/v", "n", "/s", "#", "/d", "a#b", F),
            "name twice": ("add", K, "/v", "n", "/v", "m", F),
            "type twice": ("add", K, "/v", "n", "/t", "REG_SZ", "/t", "REG_SZ", F),
            "data twice": ("add", K, "/v", "n", "/d", "x", "/d", "y", F),
            "force twice": ("add", K, F, F),
            "default twice": ("add", K, "/ve", "/ve", F),
            "name and default": ("add", K, "/v", "n", "/ve", F),
            "unknown option": ("add", K, "/x", F),
            "slash alone": ("add", K, "/v", "n", "/"),
            "hyphen alone": ("add", K, "/v", "n", "-"),
            "word": ("add", K, "x", F),
            "two keys": ("add", K, K, F),
            "all values": ("add", K, "/va", F),
            "view twice": ("add", K, "/v", "n", F, "/reg:32", "/reg:32"),
            "both views": ("add", K, "/v", "n", F, "/reg:32", "/reg:64"),
            "unknown view": ("add", K, "/v", "n", F, "/reg:16"),
            "view of 32 bits": ("add", rf"HKLM\Software\{NAME}", "/v", "n", F, "/reg:32"),
            "view of 64 bits": ("add", rf"HKLM\Software\{NAME}", "/v", "n", F, "/reg:64"),
            "view of a shared key": ("add", K, "/v", "n", F, "/reg:32"),
            "another machine": ("add", rf"\\nowhere.invalid\{K}", F),
        },
    ) | {
        "over a rich key": Case(RICH, (("add", K, F),)),
        "over an empty key": Case(EMPTY, (("add", K),)),
        "over a value in another case": Case(RICH, (("add", K, "/v", "A", "/d", "new", F),)),
        "another type": Case(RICH, (("add", K, "/v", "a", "/t", "REG_DWORD", "/d", "1", F),)),
        "a new value asks nothing": Case(RICH, (("add", K, "/v", "new", "/d", "x"),)),
        "key in another case": Case(RICH, (("add", K.upper(), "/v", "new", "/d", "x", F),)),
        "three lines": Case(
            NOTHING,
            (
                ("add", K, F),
                ("add", rf"{K}\x", "/v", "a", "/d", "1", F),
                ("add", K, "/t", "REG_NONE", "/d", "x", F),
            ),
        ),
    }


def _deleting() -> dict[str, Case]:
    lines = {
        "key": ("delete", K, F),
        "subkey": ("delete", rf"{K}\Sub", F),
        "backslash behind": ("delete", f"{K}\\Sub\\", F),
        "missing key": ("delete", rf"{K}\None", F),
        "value": ("delete", K, "/v", "a", F),
        "value in another case": ("delete", K, "/v", "A", F),
        "value with a blank": ("delete", K, "/v", "with blank", F),
        "missing value": ("delete", K, "/v", "none", F),
        "value of a missing key": ("delete", rf"{K}\None", "/v", "a", F),
        "default": ("delete", K, "/ve", F),
        "missing default": ("delete", rf"{K}\Sub", "/ve", F),
        "empty name": ("delete", K, "/v", "", F),
        "all values": ("delete", K, "/va", F),
        "all values of none": ("delete", rf"{K}\Void", "/va", F),
        "all values of a missing key": ("delete", rf"{K}\None", "/va", F),
        "capitals": ("DELETE", K, "/VA", "/F"),
        "hyphens": ("delete", K, "-v", "a", "-f"),
        "name left out": ("delete", K, "/v"),
        "name left out before force": ("delete", K, "/f", "/v"),
        "name and default": ("delete", K, "/v", "a", "/ve", F),
        "name and all": ("delete", K, "/v", "a", "/va", F),
        "default and all": ("delete", K, "/ve", "/va", F),
        "all twice": ("delete", K, "/va", "/va", F),
        "default twice": ("delete", K, "/ve", "/ve", F),
        "force twice": ("delete", K, F, F),
        "unknown option": ("delete", K, "/x", F),
        "type": ("delete", K, "/t", "REG_SZ", F),
        "word": ("delete", K, "x", F),
        "no key": ("delete",),
        "no root": ("delete", rf"Software\{NAME}", F),
        "root and a backslash": ("delete", "HKCU\\", "/v", NAME, F),
        "two backslashes behind": ("delete", f"{K}\\\\", F),
        "view twice": ("delete", K, F, "/reg:32", "/reg:64"),
        "view": ("delete", K, "/v", "a", F, "/reg:64"),
    }
    return once(RICH, lines)


ODD: Seed = {
    K: (
        ("none", 0, b""),
        ("no bytes", 3, b""),
        sz("empty", ""),
        ("big", 5, b"\x1f\0\0\0"),
        ("one string", 7, utf16("x\0\0")),
        ("open", 1, utf16("open")),
    ),
}


def _querying() -> dict[str, Case]:
    lines = {
        "all": ("query", K),
        "all below": ("query", K, "/s"),
        "capitals": ("QUERY", K, "/S"),
        "hyphen": ("query", K, "-s"),
        "long root": ("query", FULL),
        "spelling": ("query", rf"hkcu\sOFTWARE\{NAME}"),
        "backslash behind": ("query", f"{K}\\"),
        "two backslashes behind": ("query", f"{K}\\\\"),
        "subkey": ("query", rf"{K}\Sub"),
        "leaf": ("query", rf"{K}\Sub\Deep"),
        "void": ("query", rf"{K}\Void"),
        "void below": ("query", rf"{K}\Void", "/s"),
        "void default": ("query", rf"{K}\Void", "/ve"),
        "default": ("query", K, "/ve"),
        "default below": ("query", K, "/ve", "/s"),
        "value": ("query", K, "/v", "a"),
        "value in another case": ("query", K, "/v", "A"),
        "value with a blank": ("query", K, "/v", "with blank"),
        "number": ("query", K, "/v", "b"),
        "bytes": ("query", K, "/v", "c"),
        "expand": ("query", K, "/v", "d"),
        "list": ("query", K, "/v", "e"),
        "none": ("query", rf"{K}\Sub", "/v", "n"),
        "value below": ("query", K, "/v", "a", "/s"),
        "value below, options turned": ("query", K, "/s", "/v", "a"),
        "value below in one key": ("query", K, "/v", "z", "/s"),
        "missing value": ("query", K, "/v", "none"),
        "missing value below": ("query", K, "/v", "none", "/s"),
        "missing key": ("query", rf"{K}\None"),
        "value of a missing key": ("query", rf"{K}\None", "/v", "a"),
        "empty name": ("query", K, "/v", ""),
        "name left out": ("query", K, "/v"),
        "name and default": ("query", K, "/v", "a", "/ve"),
        "default twice": ("query", K, "/ve", "/ve"),
        "name twice": ("query", K, "/v", "a", "/v", "b"),
        "below twice": ("query", K, "/s", "/s"),
        "unknown option": ("query", K, "/x"),
        "word": ("query", K, "x"),
        "no key": ("query",),
        "no root": ("query", NAME),
        "root and a backslash": ("query", "HKCU\\"),
        "force": ("query", K, F),
        "view twice": ("query", K, "/reg:64", "/reg:64"),
        "view": ("query", K, "/v", "a", "/reg:64"),
        "view of a shared key": ("query", K, "/v", "a", "/reg:32"),
        "both names": ("query", K, rf"{K}\Sub"),
    }
    odd = {name: ("query", K, "/v", name) for _, rows in ODD.items() for name, _, _ in rows}
    return once(RICH, lines) | named("odd", once(ODD, odd))


def _copying() -> dict[str, Case]:
    other = rf"{K}2"
    lines = {
        "values": ("copy", K, other, F),
        "all below": ("copy", K, other, "/s", F),
        "subkey": ("copy", rf"{K}\Sub", rf"{other}\x\y", "/s", F),
        "into itself": ("copy", K, K, F),
        "into itself in another case": ("copy", K, K.upper(), F),
        "long root into itself": ("copy", K, FULL, F),
        "missing": ("copy", rf"{K}\None", other, F),
        "void": ("copy", rf"{K}\Void", other, F),
        "one name": ("copy", K),
        "no name": ("copy",),
        "no root": ("copy", K, NAME, F),
        "no root first": ("copy", NAME, K, F),
        "help and a name": ("copy", "/?", K),
        "below twice": ("copy", K, other, "/s", "/s", F),
        "force twice": ("copy", K, other, F, F),
        "unknown option": ("copy", K, other, "/x", F),
        "three names": ("copy", K, other, other, F),
        "hyphens": ("copy", K, other, "-s", "-f"),
        "capitals": ("COPY", K, other, "/S", "/F"),
        "backslash behind": ("copy", f"{K}\\", f"{other}\\", F),
        "two backslashes behind": ("copy", K, f"{other}\\\\", F),
        "root and a backslash": ("copy", "HKCU\\", other, F),
        "view": ("copy", K, other, "/s", F, "/reg:64"),
        "view twice": ("copy", K, other, F, "/reg:64", "/reg:32"),
        "below itself": ("copy", rf"{K}\Sub", rf"{K}\Sub\Copy", F),
    }
    there: Seed = {**RICH, other: (sz("a", "old"), sz("kept", "x"))}
    over = {
        "over, force": ("copy", K, other, F),
        "over below, force": ("copy", K, other, "/s", F),
        "nothing over": ("copy", rf"{K}\Sub\Deep", other),
    }
    return once(RICH, lines) | once(there, over)


def _exporting() -> dict[str, Case]:
    file = "out.reg"
    lines = {
        "key": ("export", K, file),
        "key with yes": ("export", K, file, "/y"),
        "subkey": ("export", rf"{K}\Sub", file, "/y"),
        "void": ("export", rf"{K}\Void", file, "/y"),
        "long root": ("export", FULL, file),
        "backslash behind": ("export", f"{K}\\", file),
        "missing": ("export", rf"{K}\None", file),
        "no file": ("export", K),
        "no key": ("export",),
        "no root": ("export", NAME, file),
        "root and a backslash": ("export", "HKCU\\", file),
        "yes twice": ("export", K, file, "/y", "/y"),
        "unknown option": ("export", K, file, "/x"),
        "word": ("export", K, file, "x"),
        "capitals": ("EXPORT", K, file, "/Y"),
        "hyphen": ("export", K, file, "-y"),
        "view": ("export", K, file, "/reg:64"),
        "view twice": ("export", K, file, "/reg:64", "/reg:32"),
        "options first": ("export", "/y", K, file),
        "folder that is missing": ("export", K, "none/out.reg"),
    }
    cases = {name: Case(RICH, (words,), {}, (file,)) for name, words in lines.items()}
    odd: dict[str, Seed] = {
        "no bytes": {K: (("b", 3, b""), ("e", 2, b""), ("m", 7, b""), ("s", 1, b""))},
        "no bytes of others": {K: (("d", 4, b""), ("n", 0, b""), ("u", 0x100, b""))},
        "open text": {K: (("s", 1, utf16("open")),)},
        "text behind a NUL": {K: (("s", 1, utf16("ab\0cd\0")),)},
        "NUL first": {K: (("s", 1, utf16("\0abc")),)},
        "NULs alone": {K: (("s", 1, bytes(8)),)},
        "open list": {K: (("m", 7, utf16("a\0b")),)},
        "other types": {K: (("0", 0x10, b"\1"), ("1", 0x7FFF, b"\2"), ("2", 0xFFFFFFFF, b"\3"))},
        "every type": {K: tuple((f"{kind:02}", kind, b"\1\0\2\0") for kind in (0, 2, 3, 5, 7, 8))},
        "quotes": {K: (sz("back\\slash", "C:\\x\\"), sz('na"me', 'say "x"'))},
        "long hex": {K: (("long", 3, bytes(range(256))),)},
        "long name": {K: (("n" * 90, 3, bytes(40)),)},
        "expand of a NUL": {K: (("e", 2, utf16("ab\0cd\0")),)},
        "umlauts": {K: (sz("\xe4", "\xdf\u03a9\u65e5"),), f"{K}\\\xe4": ()},
        "brackets": {rf"{K}\a]b[c": (sz("x]", "[y"),)},
        "qword": {K: (("q", 11, bytes(range(8))),)},
    }
    for name, seed in odd.items():
        cases[f"odd {name}"] = Case(seed, (("export", K, file, "/y"),), {}, (file,))
    there = {file: b"mine"}
    cases["over a file"] = Case(RICH, (("export", K, file, "/y"),), there, (file,))
    return cases


def _helping() -> dict[str, Case]:
    words: dict[str, tuple[str, ...]] = {
        "nothing": (),
        "help": ("/?",),
        "hyphen": ("-?",),
        "h": ("/h",),
        "capital": ("-H",),
        "no verb": ("nonsense",),
        "empty verb": ("",),
        "verb with a slash": ("/query",),
    }
    for verb in ("add", "delete", "query", "copy", "export", "import"):
        words |= {
            f"{verb} help": (verb, "/?"),
            f"{verb} hyphen": (verb, "-?"),
            f"{verb} h": (verb, "/h"),
            f"{verb} capital": (verb.upper(), "-H"),
            f"{verb} help and more": (verb, "/?", "x"),
            f"{verb} help behind": (verb, K, "/?"),
            f"{verb} nothing": (verb,),
            f"{verb} empty": (verb, ""),
        }
    return once(NOTHING, words)


def _importing() -> dict[str, Case]:
    files = {
        "a.reg": f'REGEDIT4\n\n[{FULL}]\n"a"="1"\n'.encode(),
        "b.reg": f'REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\Software\\{NAME}]\n"a"="1"\n'.encode(),
        "empty.reg": b"",
        "with blank.reg": f'REGEDIT4\n\n[{FULL}]\n"b"="1"\n'.encode(),
    }
    words = {
        "file": ("import", "a.reg"),
        "capitals": ("IMPORT", "a.reg"),
        "blank": ("import", "with blank.reg"),
        "missing": ("import", "none.reg"),
        "two": ("import", "a.reg", "b.reg"),
        "empty": ("import", "empty.reg"),
        "view of 64 bits": ("import", "b.reg", "/reg:64"),
        "view of 32 bits": ("import", "b.reg", "/reg:32"),
        "view of a shared key": ("import", "a.reg", "/reg:32"),
        "both views": ("import", "b.reg", "/reg:32", "/reg:64"),
        "view twice": ("import", "b.reg", "/reg:32", "/reg:32"),
        "unknown option": ("import", "a.reg", "/y"),
        "option first": ("import", "/reg:64", "b.reg"),
    }
    return {name: Case(NOTHING, (line,), files) for name, line in words.items()}


def _missing_verbs() -> dict[str, Case]:
    """Verbs that Wine lacks, in forms that are wrong on Windows too."""
    words: dict[str, tuple[str, ...]] = {}
    for verb in ("save", "restore", "load", "unload", "compare"):
        words |= {
            f"{verb} nothing": (verb,),
            f"{verb} no root": (verb, NAME, "x.hiv"),
            f"{verb} help behind": (verb, K, "/?"),
            f"{verb} unknown option": (verb, K, "x.hiv", "/x"),
            f"{verb} missing": (verb, rf"{K}\None", "none.hiv"),
        }
    return once(NOTHING, words)


LINES: dict[str, Case] = {
    name: case
    for verb, cases in {
        "data": _data(),
        "add": _adding(),
        "delete": _deleting(),
        "query": _querying(),
        "copy": _copying(),
        "export": _exporting(),
        "help": _helping(),
        "import": _importing(),
        "other": _missing_verbs(),
    }.items()
    for name, case in named(verb, cases).items()
}
