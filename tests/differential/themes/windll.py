"""`ctypes.windll`: the functions of the registry, of events and of settings, called as C has them.

The buffers are of bytes where their bytes are looked at: a c_wchar is wider on other systems.
"""

from __future__ import annotations

import ctypes
from ctypes import byref, c_void_p, create_string_buffer, create_unicode_buffer, sizeof, wintypes
from typing import Any

from differential.cases import Said, case, cases, steps, tried, winreg

api: Any = ctypes
kinds: Any = wintypes  # looked at while a case runs: ours are put there before
HKCU = winreg.HKEY_CURRENT_USER & 0xFFFF_FFFF
HKLM = winreg.HKEY_LOCAL_MACHINE & 0xFFFF_FFFF
ALL = winreg.KEY_ALL_ACCESS
SZ, EXPAND, BINARY, DWORD, MULTI = 1, 2, 3, 4, 7
TEXT = "text"


def advapi() -> Any:
    return api.windll.advapi32


def kernel() -> Any:
    return api.WinDLL("kernel32", use_last_error=True)


def dword(number: int = 0) -> Any:
    return kinds.DWORD(number)


def failure_of(function: Any, *arguments: object) -> object:
    """The class of what is raised, without its words, or the result."""
    try:
        return function(*arguments)
    except Exception as error:
        return Said(type(error).__name__)


def opened(key: Any, path: str | None, access: int = ALL) -> Any:
    found = c_void_p()
    assert advapi().RegOpenKeyExW(int(key), path, 0, access, byref(found)) == 0
    return found


# Types


@cases(
    numbers=("BOOL", "DWORD", "LONG", "ULONG", "WORD", "BYTE", "UINT", "INT", "LCID"),
    pointers=("HKEY", "HANDLE", "LPDWORD", "LPARAM", "WPARAM", "LPWSTR", "LPCWSTR"),
    structures=("FILETIME", "POINT", "RECT", "SIZE", "MSG", "LARGE_INTEGER", "WIN32_FIND_DATAA"),
)
def sizes_of_types(key: Any, *names: str) -> object:
    return [sizeof(getattr(kinds, name)) for name in names]


@cases(
    DWORD=("DWORD", -1),
    LONG=("LONG", 0xFFFF_FFFF),
    BOOL=("BOOL", 1 << 32),
    ULONG=("ULONG", 1 << 31),
)
def number_of_a_type(key: Any, name: str, number: int) -> object:
    return getattr(kinds, name)(number).value


# Opening and closing


@cases(
    sub=("sub", ALL),
    none=("none", ALL),
    itself=("", ALL),
    null=(None, ALL),
    slash=("\\sub", ALL),
    both_views=("sub", 0x300 | ALL),
    read=("sub", winreg.KEY_READ),
)
def open_(key: Any, path: str | None, access: int) -> object:
    winreg.CreateKey(key, "sub").Close()
    found = c_void_p()
    code = advapi().RegOpenKeyExW(int(key), path, 0, access, byref(found))
    closed = advapi().RegCloseKey(found) if code == 0 else None
    return code, bool(found.value), closed


@case
def open_without_a_place_for_the_handle(key: Any) -> object:
    return advapi().RegOpenKeyExW(int(key), "", 0, ALL, None)


@case
def open_of_a_predefined_key(key: Any) -> object:
    """Its number, as an int that fits C's, and as what winreg has it."""
    found = c_void_p()
    return [
        advapi().RegOpenKeyExW(HKCU, "Software", 0, winreg.KEY_READ, byref(found)),
        failure_of(advapi().RegOpenKeyExW, winreg.HKEY_CURRENT_USER, None, 0, ALL, byref(found)),
        advapi().RegOpenKeyExW(
            c_void_p(winreg.HKEY_CURRENT_USER), "Software", 0, winreg.KEY_READ, byref(found)
        ),
    ]


@case
def open_of_no_handle(key: Any) -> object:
    found = c_void_p()
    return [
        advapi().RegOpenKeyExW(number, "x", 0, ALL, byref(found)) for number in (0, None, 0x7FFFFF0)
    ]


@cases(wide="RegOpenKeyW", narrow="RegOpenKeyA")
def open_of_old(key: Any, name: str) -> object:
    winreg.CreateKey(key, "sub").Close()
    found = c_void_p()
    path = "sub" if name.endswith("W") else b"sub"
    return getattr(advapi(), name)(int(key), path, byref(found)), bool(found.value)


@case
def open_by_bytes(key: Any) -> object:
    winreg.CreateKey(key, "s\xfcb").Close()
    found = c_void_p()
    return advapi().RegOpenKeyExA(int(key), b"s\xfcb", 0, ALL, byref(found)), bool(found.value)


@case
def close_twice(key: Any) -> object:
    found = opened(key, None)
    return steps(*[(advapi().RegCloseKey, found)] * 2, (advapi().RegCloseKey, None))


@case
def close_predefined(key: Any) -> object:
    return advapi().RegCloseKey(HKCU)


@case
def a_handle_of_ctypes_is_one_of_winreg(key: Any) -> object:
    found = opened(key, None)
    winreg.SetValueEx(found.value, "v", 0, SZ, "x")
    read = winreg.QueryValueEx(key, "v")
    winreg.CloseKey(found.value)
    return read, advapi().RegCloseKey(found)


@case
def a_key_is_closed_by_close_handle(key: Any) -> object:
    found = opened(key, None)
    return kernel().CloseHandle(found), advapi().RegCloseKey(found)


# Creating and deleting


@case
def create(key: Any) -> object:
    made, said = c_void_p(), dword(7)
    call = advapi().RegCreateKeyExW
    first = call(int(key), r"a\b", 0, None, 0, ALL, None, byref(made), byref(said)), said.value
    again = call(int(key), r"a\b", 0, "class", 0, ALL, None, byref(made), byref(said)), said.value
    without = call(int(key), r"a\c", 0, None, 0, ALL, None, byref(made), None)
    return first, again, without, winreg.QueryInfoKey(key)[:2]


@case
def create_with_reserved(key: Any) -> object:
    made = c_void_p()
    return advapi().RegCreateKeyExW(int(key), "a", 1, None, 0, ALL, None, byref(made), None)


@cases(sub="sub", none="none", null=None, full="full")
def delete(key: Any, path: str | None) -> object:
    winreg.CreateKey(key, "sub").Close()
    winreg.CreateKey(key, r"full\x").Close()
    return advapi().RegDeleteKeyW(int(key), path), winreg.QueryInfoKey(key)[0]


@case
def delete_in_a_view(key: Any) -> object:
    winreg.CreateKey(key, "sub").Close()
    return advapi().RegDeleteKeyExW(int(key), "sub", winreg.KEY_WOW64_64KEY, 0)


@case
def delete_a_tree(key: Any) -> object:
    winreg.CreateKey(key, r"full\x\y").Close()
    call = advapi().RegDeleteTreeW
    return call(int(key), "full"), call(int(key), "full"), winreg.QueryInfoKey(key)[0]


@cases(new=("sub", "new"), taken=("sub", "other"), none=("none", "x"), no_name=("sub", None))
def rename(key: Any, path: str, name: str | None) -> object:
    for each in ("sub", "other"):
        winreg.CreateKey(key, each).Close()
    return advapi().RegRenameKey(int(key), path, name)


# Values


def query(key: Any, name: str | None, size: int, form: str = "W") -> object:
    """RegQueryValueEx with a buffer of so many bytes: code, type, size, bytes."""
    kind, length = dword(99), dword(size)
    data = create_string_buffer(b"\xcc" * 40, 40)
    given: Any = name if form == "W" or name is None else name.encode()
    code = getattr(advapi(), f"RegQueryValueEx{form}")(
        int(key), given, None, byref(kind), data, byref(length)
    )
    return code, kind.value, length.value, data.raw if code == 0 else None


@cases(
    text=(SZ, TEXT),
    empty=(SZ, ""),
    expand=(EXPAND, "%x%"),
    number=(DWORD, 7),
    data=(BINARY, b"\1\2\3"),
    none=(BINARY, None),
    texts=(MULTI, ["a", "b"]),
)
def query_of_a_type(key: Any, kind: int, value: object) -> object:
    winreg.SetValueEx(key, "v", 0, kind, value)
    return query(key, "v", 40), query(key, "v", 3), query(key, "v", 0), query(key, "v", 40, "A")


@case
def query_of_what_is_missing(key: Any) -> object:
    size = dword(40)
    return (
        query(key, "none", 40),
        query(key, None, 40),
        advapi().RegQueryValueExW(int(key), "none", None, None, None, byref(size)),
        size.value,
    )


@case
def query_of_the_size_alone(key: Any) -> object:
    winreg.SetValueEx(key, "v", 0, SZ, TEXT)
    size, kind = dword(1), dword()
    call = advapi().RegQueryValueExW
    return (
        call(int(key), "v", None, None, None, byref(size)),
        size.value,
        call(int(key), "v", None, byref(kind), None, None),
        kind.value,
        call(int(key), "v", None, None, None, None),
        call(int(key), "v", None, None, create_string_buffer(9), None),
    )


@case
def query_with_reserved(key: Any) -> object:
    size = dword()
    return advapi().RegQueryValueExW(int(key), "v", byref(size), None, None, byref(size))


@case
def query_without_the_right(key: Any) -> object:
    return query(opened(key, None, winreg.KEY_SET_VALUE).value, "v", 40)


@cases(room=14, little=12)
def query_of_a_text_without_its_nul(key: Any, size: int) -> object:
    text = "abcdef".encode("utf-16-le")
    assert advapi().RegSetValueExW(int(key), "v", 0, SZ, text + b"x", 12) == 0
    return query(key, "v", size)


@case
def query_into_a_wide_buffer(key: Any) -> object:
    winreg.SetValueEx(key, "v", 0, SZ, "a \u20ac \U0001f600")
    size = dword(40)
    data = create_unicode_buffer(20)
    code = advapi().RegQueryValueExW(int(key), "v", None, None, data, byref(size))
    return code, size.value, data.value


@case
def query_into_a_wide_buffer_that_was_cast(key: Any) -> object:
    winreg.SetValueEx(key, "v", 0, SZ, TEXT)
    data = create_unicode_buffer(20)
    size = dword(sizeof(data))
    place = ctypes.cast(data, kinds.LPBYTE)
    code = advapi().RegQueryValueExW(int(key), "v", None, None, place, byref(size))
    return code, size.value, data.value


@case
def query_of_a_number(key: Any) -> object:
    winreg.SetValueEx(key, "v", 0, DWORD, 0xFFFF_FFFE)
    data, kind = ctypes.c_ulong(), ctypes.c_ulong()
    size = ctypes.c_ulong(4)
    code = advapi().RegQueryValueExW(
        int(key), "v", None, byref(kind), byref(data), ctypes.pointer(size)
    )
    return code, kind.value, data.value, size.value


def stored(key: Any, name: str = "v") -> object:
    return query(key, name, 40)


@case
def set_texts(key: Any) -> object:
    call = advapi().RegSetValueExW
    wide = create_unicode_buffer(TEXT, 8)
    return [
        call(int(key), "whole", 0, SZ, TEXT, 10),
        stored(key, "whole"),
        call(int(key), "without_nul", 0, SZ, TEXT, 8),
        stored(key, "without_nul"),
        call(int(key), "short", 0, SZ, TEXT, 6),
        stored(key, "short"),
        call(int(key), "buffer", 0, SZ, wide, sizeof(wide)),
        stored(key, "buffer"),
        call(int(key), "part", 0, SZ, wide, (len(wide.value) + 1) * 2),
        stored(key, "part"),
        call(int(key), "pointer", 0, SZ, ctypes.c_wchar_p(TEXT), 10),
        stored(key, "pointer"),
        call(int(key), "cast", 0, SZ, ctypes.cast(ctypes.c_wchar_p(TEXT), kinds.LPBYTE), 10),
        stored(key, "cast"),
        call(int(key), "astral", 0, SZ, "\U0001f600", 6),
        stored(key, "astral"),
    ]


@case
def set_numbers_and_bytes(key: Any) -> object:
    call = advapi().RegSetValueExW
    number = ctypes.c_ulong(0xFFFF_FFFE)
    array = (ctypes.c_ubyte * 3)(1, 2, 3)
    return [
        call(int(key), "long", 0, DWORD, byref(number), sizeof(number)),
        stored(key, "long"),
        call(int(key), "dword", 0, DWORD, byref(dword(5)), sizeof(dword())),
        stored(key, "dword"),
        call(int(key), "eight", 0, 11, byref(ctypes.c_uint64(1 << 40)), 8),
        stored(key, "eight"),
        call(int(key), "bytes", 0, BINARY, b"\1\0\2", 3),
        stored(key, "bytes"),
        call(int(key), "array", 0, BINARY, array, 2),
        stored(key, "array"),
        call(int(key), "address", 0, BINARY, c_void_p(ctypes.addressof(array)), 3),
        stored(key, "address"),
        call(int(key), "nothing", 0, BINARY, None, 0),
        stored(key, "nothing"),
        call(int(key), "null", 0, BINARY, None, 4),
        call(int(key), None, 0, BINARY, b"x", 1),
        stored(key, ""),
        call(int(key), "offset", 0, BINARY, byref(array, 1), 2),
        stored(key, "offset"),
    ]


@case
def set_by_bytes(key: Any) -> object:
    call = advapi().RegSetValueExA
    return [
        call(int(key), b"v", 0, SZ, b"t\xe4xt", 5),
        stored(key),
        call(int(key), b"v", 0, MULTI, b"a\0b\0", 5),
        stored(key),
        call(int(key), b"v", 0, BINARY, b"\xe4", 1),
        stored(key),
    ]


@case
def set_without_the_right(key: Any) -> object:
    return advapi().RegSetValueExW(opened(key, None, winreg.KEY_READ), "v", 0, SZ, "x", 4)


@case
def delete_a_value(key: Any) -> object:
    winreg.SetValueEx(key, "v", 0, SZ, "x")
    return [advapi().RegDeleteValueW(int(key), "v") for _ in range(2)]


@case
def set_and_delete_below(key: Any) -> object:
    return [
        advapi().RegSetKeyValueW(int(key), "sub", "v", SZ, TEXT, 10),
        winreg.QueryValueEx(winreg.OpenKey(key, "sub"), "v"),
        advapi().RegDeleteKeyValueW(int(key), "sub", "v"),
        advapi().RegDeleteKeyValueW(int(key), "sub", "v"),
    ]


def got(key: Any, flags: int, size: int | None = 40, value: str = "v") -> object:
    """RegGetValueW: code, type, size, and bytes where there are some."""
    kind = dword(99)
    length = dword(size or 0)
    data = None if size is None else create_string_buffer(b"\xcc" * 40, 40)
    code = advapi().RegGetValueW(int(key), None, value, flags, byref(kind), data, byref(length))
    given = kind.value if code != 2 else None
    return code, given, length.value, data.raw if data and code == 0 else None


@cases(
    any=0xFFFF,
    text=2,
    number=0x18,
    binary=8,
    both_views=0x3FFFF,
    no_expanding=0x1000FFFF,
    expanded=4,
)
def get_of_a_type(key: Any, flags: int) -> object:
    found = []
    for kind, value in ((SZ, TEXT), (EXPAND, "%none%"), (DWORD, 7), (BINARY, b"\1\2\3")):
        winreg.SetValueEx(key, "v", 0, kind, value)
        found.append(got(key, flags))
    return found


@case
def get_sizes(key: Any) -> object:
    winreg.SetValueEx(key, "v", 0, SZ, TEXT)
    return got(key, 2, None), got(key, 2, 4), got(key, 2, 10), got(key, 2, 40, "none")


# Enumerating


@cases(all=40, exact=4, small=3, none=0)
def enum_key(key: Any, size: int) -> object:
    for name in ("abc", "de"):
        winreg.CreateKey(key, name).Close()
    found: list[object] = []
    for index in range(3):
        name_, length = create_unicode_buffer("?" * 39), dword(size)
        call = advapi().RegEnumKeyExW
        code = call(int(key), index, name_, byref(length), None, None, None, None)
        found.append((code, length.value if code != 234 else None, name_.value if not code else ""))
    return found


@case
def enum_key_in_bytes(key: Any) -> object:
    winreg.CreateKey(key, "\xe4bc").Close()
    name, length, time = create_string_buffer(9), dword(9), kinds.FILETIME()
    call = advapi().RegEnumKeyExA
    code = call(int(key), 0, name, byref(length), None, None, None, byref(time))
    return code, name.value, length.value, time.dwHighDateTime > 0


@cases(all=(40, 40), small_name=(3, 40), small_data=(40, 3), exact=(4, 10))
def enum_value(key: Any, names: int, size: int) -> object:
    winreg.SetValueEx(key, "abc", 0, SZ, TEXT)
    found: list[object] = []
    for index in range(2):
        name, length, kind = create_unicode_buffer("?" * 39), dword(names), dword(99)
        data, room = create_string_buffer(40), dword(size)
        call = advapi().RegEnumValueW
        code = call(int(key), index, name, byref(length), None, byref(kind), data, byref(room))
        good = (name.value, length.value, kind.value, room.value, data.raw) if not code else ()
        found.append((code, good))
    return found


@case
def enum_value_names_alone(key: Any) -> object:
    winreg.SetValueEx(key, "abc", 0, SZ, TEXT)
    name, length, size = create_unicode_buffer(9), dword(9), dword()
    call = advapi().RegEnumValueW
    return (
        call(int(key), 0, name, byref(length), None, None, None, None),
        name.value,
        call(int(key), 0, name, byref(dword(9)), None, None, None, byref(size)),
        size.value,
        call(int(key), 0, None, None, None, None, None, None),
        call(int(key), 0, name, byref(dword(9)), None, None, create_string_buffer(9), None),
    )


@case
def info(key: Any) -> object:
    winreg.CreateKey(key, "abc").Close()
    winreg.CreateKey(key, "de").Close()
    winreg.SetValueEx(key, "abcd", 0, SZ, TEXT)
    numbers = [dword(99) for _ in range(6)]
    time = kinds.FILETIME()
    call = advapi().RegQueryInfoKeyW
    code = call(
        int(key), None, None, None, *(byref(number) for number in numbers), None, byref(time)
    )
    return code, [number.value for number in numbers], time.dwHighDateTime > 0


@case
def info_of_nothing(key: Any) -> object:
    return advapi().RegQueryInfoKeyW(int(key), *[None] * 11)


@case
def flush(key: Any) -> object:
    return advapi().RegFlushKey(int(key)), advapi().RegFlushKey(0x7FFFFF0)


@cases(local=(None, HKCU), unknown=("\\\\no.such.host.invalid", HKLM))
def connect(key: Any, name: str | None, root: int) -> object:
    found = c_void_p()
    return advapi().RegConnectRegistryW(name, root, byref(found)), bool(found.value)


# Prototypes


@case
def with_types(key: Any) -> object:
    library = api.WinDLL("advapi32.dll")
    call = library.RegOpenKeyExW
    call.argtypes = [
        kinds.HKEY,
        kinds.LPCWSTR,
        kinds.DWORD,
        kinds.DWORD,
        ctypes.POINTER(kinds.HKEY),
    ]
    call.restype = kinds.LONG
    found = kinds.HKEY()
    return [
        call(winreg.HKEY_CURRENT_USER, "Software", 0, winreg.KEY_READ, byref(found)),
        call(int(key), None, 0, ALL, found_ := ctypes.pointer(found)),
        call(int(key), None, 0, ALL, None),
        bool(found_.contents.value),
        failure_of(call, int(key), b"x", 0, ALL, byref(found)),
        failure_of(call, int(key), "x", "0", ALL, byref(found)),
        failure_of(call, int(key), "x", 0, ALL, byref(dword())),
        failure_of(call, key, "x", 0, ALL, byref(found)),
        failure_of(call, int(key), "x", 0, ALL),
        library.RegOpenKeyExW is call,
        library["RegOpenKeyExW"] is call,
        call.__name__,
    ]


@case
def arguments_that_are_none(key: Any) -> object:
    call = advapi().RegCloseKey
    return [
        failure_of(call, argument)
        for argument in (1.5, key, object(), [], 1 << 32, -(1 << 31) - 1, True)
    ]


class Wrapped:
    """What ctypes takes another thing for."""

    def __init__(self, number: int) -> None:
        self._as_parameter_ = number


@case
def as_parameter(key: Any) -> object:
    return advapi().RegFlushKey(Wrapped(int(key)))


@case
def result_types(key: Any) -> object:
    call = api.WinDLL("advapi32").RegCloseKey
    found: list[object] = []
    for kind in (kinds.DWORD, ctypes.c_byte, c_void_p, kinds.BOOL, None, lambda number: number + 1):
        call.restype = kind
        found.append(call(0))
    return found


@case
def result_check(key: Any) -> object:
    call = api.WinDLL("advapi32").RegCloseKey

    def checked(result: int, function: object, arguments: tuple[object, ...]) -> object:
        return result, function is call, arguments

    call.errcheck = checked
    return call(0)


@case
def prototype(key: Any) -> object:
    make = api.WINFUNCTYPE(kinds.LONG, kinds.HKEY)
    call = make(("RegFlushKey", advapi()))
    return call(int(key)), failure_of(call, "x"), make(lambda number: 3)(1)


@cases(library="no_such_library_of_anybody", function="RegNoSuchFunction")
def what_is_not_there(key: Any, name: str) -> object:
    if name.startswith("Reg"):
        return failure_of(getattr, advapi(), name), hasattr(api.WinDLL("advapi32"), name)
    return failure_of(api.WinDLL, name)


@case
def names_of_libraries(key: Any) -> object:
    found = [api.WinDLL(name) for name in ("ADVAPI32", "Advapi32.dll")]
    found += [api.windll["advapi32"], api.windll.LoadLibrary("advapi32.dll")]
    return [library.RegFlushKey(int(key)) for library in found]


# Errors


@case
def last_errors(key: Any) -> object:
    """Windows' own, and the copy that ctypes keeps."""
    plain, kept = api.windll.kernel32, kernel()
    plain.SetLastError(11)
    api.set_last_error(22)
    found: list[object] = [plain.GetLastError(), api.GetLastError(), api.get_last_error()]
    found += [kept.CloseHandle(0x7FFFFF0), plain.GetLastError(), api.get_last_error()]
    found += [plain.CloseHandle(0x7FFFFF0), plain.GetLastError(), api.get_last_error()]
    found += [api.set_last_error(5), api.get_last_error()]
    return found


@case
def registry_functions_leave_the_last_error(key: Any) -> object:
    api.windll.kernel32.SetLastError(77)
    return advapi().RegDeleteKeyW(int(key), "none"), api.windll.kernel32.GetLastError()


@cases(missing=2, refused=5, handle=6, more=234, there=183)
def windows_error(key: Any, code: int) -> object:
    error = api.WinError(code)
    return Said(type(error).__name__), error.winerror, error.errno


@case
def windows_error_with_words(key: Any) -> object:
    error = api.WinError(5, "words")
    return error.strerror, str(error)


@case
def windows_error_of_the_last_call(key: Any) -> object:
    api.windll.kernel32.SetLastError(5)
    return api.WinError().winerror, api.FormatError() == api.FormatError(5)


@case
def words_of_no_code(key: Any) -> object:
    return api.FormatError(0x2FFFFFFF)


@cases(buffer=(0x1200, 99), small=(0x1200, 3), nowhere=(0x200, 99))
def format_message(key: Any, flags: int, size: int) -> object:
    text = create_unicode_buffer(100)
    length = kernel().FormatMessageW(flags, None, 5, 0, text, size, None)
    return length in (0, len(text.value)), length > 0, api.get_last_error() if not length else 0


@case
def format_message_into_memory_of_its_own(key: Any) -> object:
    text = kinds.LPWSTR()
    length = kernel().FormatMessageW(0x1300, None, 5, 0, byref(text), 0, None)
    return text.value is not None and len(text.value) == length, kernel().LocalFree(text)


# Variables


@cases(room=40, exact=9, small=8, none=0)
def expand(key: Any, size: int) -> object:
    kernel_ = kernel()
    target = create_unicode_buffer(40)
    return kernel_.ExpandEnvironmentStringsW("x%none%y", target if size else None, size), (
        target.value if size > 8 else ""
    )


# Events


def event(manual: bool = True, is_set: bool = False) -> Any:
    return kernel().CreateEventW(None, manual, is_set, None)


def wait(handle: object, milliseconds: int = 0) -> object:
    return kernel().WaitForSingleObject(handle, milliseconds)


@cases(manual=True, automatic=False)
def set_and_reset(key: Any, manual: bool) -> object:
    handle = event(manual)
    api_ = kernel()
    found = [wait(handle), api_.SetEvent(handle), wait(handle), wait(handle), wait(handle, 1)]
    found += [api_.SetEvent(handle), api_.SetEvent(handle), api_.ResetEvent(handle), wait(handle)]
    return [*found, api_.CloseHandle(handle), wait(handle), api.get_last_error()]


@cases(manual=True, automatic=False)
def set_from_the_beginning(key: Any, manual: bool) -> object:
    handle = event(manual, True)
    return wait(handle), wait(handle), wait(handle, 1)


@case
def no_event(key: Any) -> object:
    found: list[object] = []
    api_ = kernel()
    for call in (api_.SetEvent, api_.ResetEvent, api_.CloseHandle, wait):
        api.set_last_error(0)
        found.append((call(0x7FFFFF0), api.get_last_error()))
        api.set_last_error(0)
        found.append((call(0), api.get_last_error()))
    return found


def several(*states: bool, manual: bool = True) -> Any:
    return (kinds.HANDLE * len(states))(*(event(manual, state) for state in states))


@cases(
    first=((True, False), False),
    second=((False, True), False),
    none=((False, False), False),
    all_of_one=((True, False), True),
    all=((True, True), True),
)
def wait_for_several(key: Any, states: tuple[bool, ...], every: bool) -> object:
    handles = several(*states)
    return kernel().WaitForMultipleObjects(len(handles), handles, every, 1)


@case
def automatic_events_are_taken_one_by_one(key: Any) -> object:
    handles = several(True, True, manual=False)
    call = kernel().WaitForMultipleObjects
    return [call(2, handles, False, 0) for _ in range(3)]


@case
def automatic_events_are_taken_together(key: Any) -> object:
    handles = several(True, False, manual=False)
    api_ = kernel()
    call = api_.WaitForMultipleObjects
    found = [call(2, handles, True, 1), wait(handles[0])]
    api_.SetEvent(handles[0])
    api_.SetEvent(handles[1])
    return [*found, call(2, handles, True, 1), wait(handles[0]), wait(handles[1])]


@case
def waits_that_fail(key: Any) -> object:
    handles = several(True, True)
    twice = (kinds.HANDLE * 2)(handles[0], handles[0])
    closed = (kinds.HANDLE * 2)(handles[0], 0x7FFFFF0)
    call = kernel().WaitForMultipleObjects
    found: list[object] = []
    for count, given, every in (
        (0, handles, False),
        (65, handles, False),
        (2, twice, True),
        (2, twice, False),
        (2, closed, False),
    ):
        api.set_last_error(0)
        found.append((call(count, given, every, 0), api.get_last_error()))
    return found


@case
def a_name_is_one_event(key: Any) -> object:
    api_ = kernel()
    first = api_.CreateEventW(None, True, False, "anyreg-case")
    new = api.get_last_error()
    second = api_.CreateEventW(None, False, True, "anyreg-case")
    known = api.get_last_error()
    api_.SetEvent(second)
    return (
        new,
        known,
        first == second,
        wait(first),
        wait(first),
        api_.CloseHandle(second),
        wait(first),
    )


@case
def events_by_bytes(key: Any) -> object:
    handle = kernel().CreateEventA(None, True, True, b"anyreg-bytes")
    return wait(handle), kernel().CloseHandle(handle)


@case
def a_key_is_no_event(key: Any) -> object:
    return tried(kernel().SetEvent, int(key)), api.get_last_error()


@case
def an_event_is_no_key(key: Any) -> object:
    handle = event()
    found = c_void_p()
    code = advapi().RegOpenKeyExW(handle, "x", 0, ALL, byref(found))
    return code, advapi().RegCloseKey(handle), wait(handle)


@case
def sleep(key: Any) -> object:
    kernel().Sleep(0)
    return "slept"


# Settings


@cases(wide=("W", TEXT), narrow=("A", b"Environment"))
def broadcast(key: Any, form: str, what: object) -> object:
    user = api.WinDLL("user32", use_last_error=True)
    answer = ctypes.c_ulong()
    send = getattr(user, f"SendMessageTimeout{form}")
    return send(0xFFFF, 0x1A, 0, what, 2, 1000, byref(answer))


@case
def message_to_no_window(key: Any) -> object:
    user = api.WinDLL("user32", use_last_error=True)
    api.set_last_error(0)
    found = user.SendMessageTimeoutW(0x123456, 0x1A, 0, TEXT, 2, 100, None), api.get_last_error()
    api.set_last_error(0)
    return found, user.SendMessageW(0x123456, 0x1A, 0, TEXT), api.get_last_error()
