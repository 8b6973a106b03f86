r"""Odd .reg files: each form of a line, right and wrong, in the dialects that Wine reads.

Each file has a key of its own, KEY in its text, so that one run of regedit takes many of them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from differential.regexe.cases import NAME, Row, Seed, sz, utf16

V5 = "Windows Registry Editor Version 5.00"
V4 = "REGEDIT4"
V3 = "REGEDIT"


class File(NamedTuple):
    """One file.

    Attributes:
        data: What it holds.
        rows: Values that are in its key, and in the subkey Sub of it, before.
    """

    data: bytes
    rows: tuple[Row, ...] = ()

    def seed(self, name: str) -> Seed:
        """What the registry holds before it is imported."""
        key = key_of(name)
        return {key: self.rows, rf"{key}\Sub": self.rows} if self.rows else {}

    def as_json(self, name: str) -> dict[str, Any]:
        """For the driver."""
        return {
            "data": self.data.hex(),
            "seed": {
                path: [[value, kind, raw.hex()] for value, kind, raw in rows]
                for path, rows in self.seed(name).items()
            },
        }


def key_of(name: str) -> str:
    """The key of a file, which is what its text calls KEY."""
    return rf"HKCU\Software\{NAME}\{name}"


def keys_of(name: str) -> tuple[str, str]:
    """Where something of a file can be found: there, or below HKEY_CLASSES_ROOT."""
    return key_of(name), rf"HKLM\Software\Classes\{NAME}\{name}"


# One line, or a few, below a key; each in a file of version 5 and in one of REGEDIT4.
LINES = {
    "text": '"a"="x"',
    "empty text": '"a"=""',
    "default": '@="x"',
    "empty name": '""="x"',
    "quotes": r'"a\"b"="say \"x\""',
    "backslashes": r'"a\\b"="C:\\x\\"',
    "line breaks escaped": r'"a"="x\r\ny"',
    "zero escaped": r'"a"="x\0y"',
    "zero behind a backslash": r'"a"="x\\0y"',
    "backslash at the end": '"a"="x\\"',
    "backslash at the end of the line": '"a"="x\\\ny"',
    "no quote at the end": '"a"="x',
    "no quote at the begin": '"a"=x"',
    "no quotes": '"a"=x',
    "quote in a text": '"a"="x"y"',
    "two quotes in a text": '"a"="x""y"',
    "name without quotes": 'a="x"',
    "name without a quote at the end": '"a="x"',
    "name without a quote at the begin": 'a"="x"',
    "name with a colon": '"a":"x"',
    "no equals sign": '"a" "x"',
    "no data": '"a"=',
    "name alone": '"a"',
    "at alone": "@",
    "blanks around the equals sign": '"a"  =  "x"',
    "tabs around the equals sign": '"a"\t=\t"x"',
    "blanks in front": '   "a"="x"',
    "tab in front": '\t"a"="x"',
    "blanks behind": '"a"="x"   ',
    "tab behind": '"a"="x"\t',
    "semicolon behind": '"a"="x";y',
    "semicolon behind a blank": '"a"="x" ;y',
    "number sign behind": '"a"="x"#y',
    "number sign behind a blank": '"a"="x" #y',
    "words behind": '"a"="x" y',
    "comment": ';"a"="x"',
    "comment behind blanks": '  ;"a"="x"',
    "number sign": '#"a"="x"',
    "number sign behind blanks": '  #"a"="x"',
    "comment with a backslash": ';x\\\n"a"="x"',
    "number sign with a backslash": '#x\\\n"a"="x"',
    "comment in a text": '"a"="x;y#z"',
    "brackets in a text": '"a"="[x]"',
    "equals sign in a name": '"a=b"="x"',
    "semicolon in a name": '"a;b"="x"',
    "dword": '"a"=dword:0000002a',
    "short dword": '"a"=dword:7',
    "capital dword": '"a"=dword:ABCDEF12',
    "long dword": '"a"=dword:123456789',
    "dword of nine zeros": '"a"=dword:000000001',
    "empty dword": '"a"=dword:',
    "wrong dword": '"a"=dword:xyz',
    "dword with a prefix": '"a"=dword:0x12',
    "dword in two": '"a"=dword:12 34',
    "dword behind blanks": '"a"=dword:  12',
    "dword and a semicolon": '"a"=dword:12;34',
    "dword and a comment": '"a"=dword:12 ; c',
    "dword and a number sign": '"a"=dword:12#34',
    "dword and blanks": '"a"=dword:12  ',
    "dword and a backslash": '"a"=dword:12\\\n34',
    "negative dword": '"a"=dword:-1',
    "qword": '"a"=qword:12',
    "hex": '"a"=hex:01,02,ff',
    "empty hex": '"a"=hex:',
    "empty hex and a comment": '"a"=hex: ;c',
    "hex of one digit": '"a"=hex:1,2,f',
    "capital hex": '"a"=hex:AB,CD',
    "hex with a comma behind": '"a"=hex:01,02,',
    "hex with two commas behind": '"a"=hex:01,02,,',
    "hex with two commas": '"a"=hex:01,,02',
    "hex with a comma in front": '"a"=hex:,01',
    "hex with blanks behind commas": '"a"=hex:01, 02,  03',
    "hex with a blank in front": '"a"=hex: 01,02',
    "hex with blanks behind": '"a"=hex:01,02  ',
    "hex and a comment": '"a"=hex:01,02 ;c',
    "hex and a semicolon": '"a"=hex:01,02;c',
    "hex, a comma and a semicolon": '"a"=hex:01,02,;c',
    "hex and a number sign": '"a"=hex:01,02#c',
    "hex and a word": '"a"=hex:01,02 x',
    "hex without commas": '"a"=hex:0102',
    "hex of blanks": '"a"=hex:01 02',
    "hex of a wide number": '"a"=hex:01,100',
    "hex of letters": '"a"=hex:01,0g',
    "hex and a slash": '"a"=hex:01,/',
    "hex in two lines": '"a"=hex:01,\\\n  02',
    "hex in three lines": '"a"=hex:01,\\\n  02,\\\n  03',
    "hex that begins in the next line": '"a"=hex:\\\n  01,02',
    "hex with a tab in the next line": '"a"=hex:01,\\\n\t02',
    "hex without an indent": '"a"=hex:01,\\\n02',
    "hex with a blank before the backslash": '"a"=hex:01, \\\n  02',
    "hex with a blank behind the backslash": '"a"=hex:01,\\ \n  02',
    "hex with a comment behind the backslash": '"a"=hex:01,\\;c\n  02',
    "hex with a late comment": '"a"=hex:01,\\  ;c\n  02',
    "hex with a number sign behind the backslash": '"a"=hex:01,\\#c\n  02',
    "hex with an empty line between": '"a"=hex:01,\\\n\n  02',
    "hex with blanks between": '"a"=hex:01,\\\n  \n  02',
    "hex with a comment between": '"a"=hex:01,\\\n;c\n  02',
    "hex with a number sign between": '"a"=hex:01,\\\n#c\n  02',
    "hex without a comma before the backslash": '"a"=hex:01\\\n  02',
    "hex with a comma in the next line": '"a"=hex:01\\\n,02',
    "hex with commas on both lines": '"a"=hex:01,\\\n,02',
    "hex with half a byte": '"a"=hex:01,0\\\n2',
    "hex without a backslash": '"a"=hex:01,\n  02',
    "hex with a backslash alone": '"a"=hex:01,\\\n\\\n  02',
    "hex with two backslashes": '"a"=hex:01,\\\\\n  02',
    "hex with a backslash inside": '"a"=hex:01,\\02',
    "hex before a text": '"a"=hex:01,\\\n"b"="x"',
    "hex before the default": '"a"=hex:01,\\\n@="x"',
    "hex before a comment and a text": '"a"=hex:01,\\\n;c\n"b"="x"',
    "hex before a key": '"a"=hex:01,\\\n[KEY\\New]\n"b"="x"',
    "hex without a comma before a key": '"a"=hex:01\\\n[KEY\\New]\n"b"="x"',
    "hex that is wrong in a later line": '"a"=hex:01,\\\n  02,x\n"b"="x"',
    "none": '"a"=hex(0):01,02',
    "type 1": '"a"=hex(1):61,00,62,00,00,00',
    "type 2": '"a"=hex(2):61,00,62,00,00,00',
    "type 3": '"a"=hex(3):01',
    "type 4": '"a"=hex(4):01,02,03,04',
    "short type 4": '"a"=hex(4):01,02',
    "empty type 4": '"a"=hex(4):',
    "type 5": '"a"=hex(5):01,02,03,04',
    "type 7": '"a"=hex(7):61,00,00,00,62,00,00,00,00,00',
    "type b": '"a"=hex(b):01,02,03,04,05,06,07,08',
    "capital type": '"a"=hex(B):01',
    "type 10": '"a"=hex(10):01',
    "type 100": '"a"=hex(100):01',
    "type 7fffffff": '"a"=hex(7fffffff):01',
    "type ffffffff": '"a"=hex(ffffffff):01',
    "type 100000000": '"a"=hex(100000000):01',
    "type 0x2": '"a"=hex(0x2):01',
    "type with zeros": '"a"=hex(0003):01',
    "type x": '"a"=hex(x):01',
    "no type": '"a"=hex():01',
    "type without a bracket": '"a"=hex(2:01',
    "type without a colon": '"a"=hex(2)01',
    "empty type 1": '"a"=hex(1):',
    "empty type 2": '"a"=hex(2):',
    "empty type 7": '"a"=hex(7):',
    "type 1 without a NUL": '"a"=hex(1):61,00,62,00',
    "type 2 without a NUL": '"a"=hex(2):61,00,62,00',
    "type 7 without a NUL": '"a"=hex(7):61,00,62,00',
    "type 7 with one NUL": '"a"=hex(7):61,00,00,00',
    "delete": '"a"=-',
    "delete the default": "@=-",
    "delete with blanks": '"a"=  -  ',
    "delete and a comment": '"a"=- ;c',
    "delete and a number sign": '"a"=- #c',
    "delete and a word": '"a"=-x',
    "delete and a text": '"a"=-"x"',
    "delete what is missing": '"missing"=-',
    "nonsense": 'nonsense\n"a"="x"',
    "twice": '"a"="x"\n"a"="y"',
    "set and deleted": '"b"="x"\n"b"=-',
    "good around bad": '"b"="x"\nbad\n"c"="y"',
    "subkey": '[KEY\\New]\n"b"="x"',
    "deep subkey": '[KEY\\New\\x\\y]\n"b"="x"',
    "subkey with a blank behind": '[KEY\\New ]\n"b"="x"',
    "subkey with a backslash behind": '[KEY\\New\\]\n"b"="x"',
    "subkey with backslashes": '[KEY\\\\New\\\\\\x]\n"b"="x"',
    "subkey of brackets": '[KEY\\[New]]\n"b"="x"',
    "subkey with a slash": '[KEY\\a/b]\n"b"="x"',
    "subkey with a quote": '[KEY\\a"b]\n"b"="x"',
    "subkey and a comment": '[KEY\\New] ;c\n"b"="x"',
    "subkey and a word": '[KEY\\New] x\n"b"="x"',
    "subkey behind blanks": '  [KEY\\New]\n"b"="x"',
    "no such root": '[HKEY_CURRENT_USERS\\x]\n"b"="x"',
    "no root": '[Software\\x]\n"b"="x"',
    "delete a subkey": "[-KEY\\Sub]",
    "delete a subkey in small letters": "[-key\\sub]",
    "delete a missing subkey": "[-KEY\\None]",
    "delete a subkey and set": '[-KEY\\Sub]\n"b"="x"',
    "delete a subkey and make it": '[-KEY\\Sub]\n[KEY\\Sub]\n"b"="x"',
    "delete with a blank in front": "[ -KEY\\Sub]",
    "delete with a blank behind the minus": "[- KEY\\Sub]",
    "delete with two minuses": "[--KEY\\Sub]",
    "subkey without a bracket in front": "KEY\\New]",
    "capital word dword": '"a"=DWORD:12',
    "capital word hex": '"a"=HEX:12',
    "capital word hex with a type": '"a"=Hex(2):61,00,00,00',
    "hex of five digits": '"a"=hex:00001',
    "hex with a prefix": '"a"=hex:0x1f',
    "hex with a plus": '"a"=hex:+1',
    "hex with a blank before a comma": '"a"=hex:01 ,02',
    "dword of a comment": '"a"=dword:;c',
    "dword of a blank and a comment": '"a"=dword: ;c',
    "other escape": '"a"="C:\\xyz"',
    "other escape in a name": '"a\\b"="x"',
    "tab escaped": '"a"="x\\ty"',
    "two lines of text": '"a"="x\ny"\n"b"="x"',
    "three lines of text": '"a"="x\n\ny"\n"b"="x"',
    "two lines of a name": '"a\nb"="x"\n"c"="x"',
    "open text before a value": '"a"="x\n"b"="y"\n"c"="z"',
    "open key and a value": '[KEY\\New\n"b"="x"',
    "key behind a blank and a value": '[ KEY\\New]\n"b"="x"',
    "empty brackets and a value": '[]\n"b"="x"',
    "root that is none and a value": '[HKXX]\n"b"="x"',
    "deletion without a root and a value": '[-Software\\x]\n"b"="x"',
    "type 2 of three bytes": '"a"=hex(2):61,00,62',
    "type 7 of five bytes": '"a"=hex(7):61,00,00,00,62',
    "type 1 of a NUL": '"a"=hex(1):00,00',
    "type 1 with a NUL inside": '"a"=hex(1):61,00,00,00,62,00,00,00',
    "type with a blank": '"a"=hex( 2):61,00,00,00',
    "type with a plus": '"a"=hex(+2):61,00,00,00',
    "type before a blank": '"a"=hex(2) :61,00,00,00',
    "hex before a blank": '"a"=hex :61',
    "dword before a blank": '"a"=dword :61',
    "control characters": '"a"="x\x01\x7fy"',
    "form feed in front": '\x0c"a"="x"',
    "vertical tab behind": '"a"="x"\x0b',
    "short root": '[HKCU\\Software\\NAME]\n"b"="x"',
    "at and a name": '@"a"="x"',
    "default twice": '@="x"\n@="y"',
    "another key between": '"b"="1"\n[KEY\\x]\n"c"="2"\n[KEY]\n"d"="3"',
    "long name": f'"{"n" * 300}"="x"',
    "long key": f'[KEY\\{"n" * 300}]\n"b"="x"',
    "long text": f'"b"="{"x" * 5000}"',
    "long hex": '"b"=hex:' + ",\\\n  ".join([",".join(["ab"] * 25)] * 100),
}
SEED: tuple[Row, ...] = (sz("", "old"), sz("a", "old"))


def _text(header: str, lines: str, name: str) -> str:
    key = rf"HKEY_CURRENT_USER\Software\{NAME}\{name}"
    lines = lines.replace("HKCU\\Software\\NAME", rf"HKCU\Software\{NAME}\{name}")
    small = key.lower().replace(name.lower(), name)
    body = f"{header}\n\n[KEY]\n{lines}\n\n"
    return (
        body.replace("KEY\\", f"{key}\\")
        .replace("[KEY]", f"[{key}]")
        .replace("key\\", small + "\\")
    )


def _both() -> dict[str, File]:
    files = {}
    for number, (title, lines) in enumerate(LINES.items()):
        five, four = f"{number:03} 5 {title}", f"{number:03} 4 {title}"
        text = _text(V5, lines, five).replace("\n", "\r\n")
        files[five] = File(b"\xff\xfe" + utf16(text), SEED)
        files[four] = File(_text(V4, lines, four).encode("cp1252"), SEED)
    return files


def _whole() -> dict[str, File]:
    """Files that are odd as a whole: headers, encodings, line ends, where they end."""
    good = '"a"="x"'
    headers = {
        "blank in front": f" {V4}",
        "tab in front": f"\t{V4}",
        "line in front": f"\n{V4}",
        "comment in front": f";c\n{V4}",
        "small letters": "regedit4",
        "mixed letters": "Regedit4",
        "another number": "REGEDIT3",
        "a high number": "REGEDIT9",
        "a blank inside": "REGEDIT 4",
        "words behind": "REGEDIT4FOO",
        "words behind a blank": "REGEDIT4 FOO",
        "version 4": "Windows Registry Editor Version 4.00",
        "version without zeros": "Windows Registry Editor Version 5",
        "version in capitals": V5.upper(),
        "version in other letters": "Windows Registry Editor version 5.00",
        "version behind a blank": f" {V5}",
        "none": "",
        "key for a header": "[HKEY_CURRENT_USER]",
        "semicolon behind": f"{V4};c",
    }
    files = {
        f"header {title}": File(_text(header, good, f"header {title}").encode(), SEED)
        for title, header in headers.items()
    }
    for title, header in headers.items():
        name = f"wide header {title}"
        files[name] = File(b"\xff\xfe" + utf16(_text(header, good, name)), SEED)
    ends = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}
    for title, end in ends.items():
        for header in (V4, V5):
            name = f"end {title} {header[-1]}"
            text = _text(header, '"a"="x"\n"b"=hex:01,\\\n  02', name).replace("\n", end)
            files[name] = File(text.encode() if header == V4 else b"\xff\xfe" + utf16(text), SEED)
    tails = {
        "text": '"b"="x"',
        "dword": '"b"=dword:1',
        "hex": '"b"=hex:01,02',
        "hex and a comma": '"b"=hex:01,02,',
        "hex and a backslash": '"b"=hex:01,02,\\',
        "hex and a backslash without a comma": '"b"=hex:01,02\\',
        "hex and an empty line": '"b"=hex:01,02,\\\n',
        "list and a backslash": '"b"=hex(7):61,00,\\',
        "delete": '"a"=-',
        "open text": '"b"="x',
        "name": '"b"',
        "key": "[KEY\\New]",
        "open key": "[KEY\\New",
        "comment": ";c",
        "nothing": "",
    }
    for title, lines in tails.items():
        for header in (V4, V5):
            name = f"cut {title} {header[-1]}"
            text = _text(header, lines, name)[:-2]
            files[name] = File(text.encode() if header == V4 else b"\xff\xfe" + utf16(text), SEED)
    pages = {
        "umlauts": '"\xe4"="\xdf"',
        "euro": '"a"="\u20ac"',
        "umlauts in a key": '[KEY\\\xe4]\n"b"="x"',
        "umlauts in hex": '"b"=hex(2):e4,00',
        "letters in wide hex": '"b"=hex(2):61,00,62,00,00,00',
    }
    for title, lines in pages.items():
        for header in (V4, V5):
            name = f"page {title} {header[-1]}"
            files[name] = File(_text(header, lines, name).encode("cp1252"), SEED)
    name = "page holes"
    text = _text(V4, '"b"="?"', name)
    files[name] = File(text.encode().replace(b"?", b"\x81\x8d\x8f\x90\x9d"), SEED)
    for title, codec, header in (
        ("utf-8 with a mark", "utf-8-sig", V5),
        ("utf-8 without a mark", "utf-8", V5),
        ("utf-8 with a mark 4", "utf-8-sig", V4),
        ("utf-16 of the other order", "utf-16-be", V5),
        ("utf-16 without a mark", "utf-16-le", V5),
        ("utf-16 4", "utf-16-le", V4),
        ("utf-16 3", "utf-16-le", V3),
    ):
        name = f"page {title}"
        text = _text(header, '"\xe4"="\u03a9"\n"b"=hex(2):61,00,00,00', name)
        mark = "\ufeff" if codec == "utf-16-be" or (header != V5 and codec == "utf-16-le") else ""
        files[name] = File((mark + text).encode(codec), SEED)
    files["nothing at all"] = File(b"", SEED)
    files["one byte"] = File(b"R", SEED)
    files["two bytes"] = File(b"\xff\xfe", SEED)
    files["a hive"] = File(b"regf" + bytes(100), SEED)
    name = "wide letters"
    files[name] = File(b"\xff\xfe" + utf16(_text(V5, '"\u65e5"="\u03a9\U0001f600"', name)), SEED)
    return files


def _windows31() -> dict[str, File]:
    tails = {
        "usual": " = x",
        "no blank behind the sign": " =x",
        "two blanks behind the sign": " =  x",
        "blank behind the text": " = x ",
        "no sign": " x",
        "two blanks": "  x",
        "nothing": "",
        "blanks": "  ",
        "sign alone": " =",
        "tabs": "\t=\tx",
        "comment": " = x ;c",
        "quotes": ' = "x"',
        "two signs": " = = x",
    }
    files = {}
    for title, tail in tails.items():
        name = f"old_{title.replace(' ', '_')}"
        line = rf"HKEY_CLASSES_ROOT\{NAME}\{name}{tail}"
        files[name] = File(f"{V3}\r\n{line}\r\n".encode())
    others = {
        "old_small_root": rf"hkey_classes_root\{NAME}\old_small_root = x",
        "old_other_root": rf"HKEY_CURRENT_USER\Software\{NAME}\old_other_root = x",
        "old_comment": rf"; HKEY_CLASSES_ROOT\{NAME}\old_comment = x",
        "old_words": "words",
        "old_blank_in_front": rf" HKEY_CLASSES_ROOT\{NAME}\old_blank_in_front = x",
        "old_no_end": rf"HKEY_CLASSES_ROOT\{NAME}\old_no_end = x",
    }
    for name, line in others.items():
        files[name] = File(f"{V3}\r\n{line}".encode())
    return files


FILES: dict[str, File] = {**_both(), **_whole(), **_windows31()}
