"""Calls that Samba's own client makes of a server, for Debian's Python: JSON in and out."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

try:
    param = importlib.import_module("samba.param")
    winreg = importlib.import_module("samba.dcerpc.winreg")
    credentials = importlib.import_module("samba.credentials")
    samba = importlib.import_module("samba")
except ImportError:
    sys.exit(3)

ALL = 0x02000000
PATH = r"Software\Test"
FILE = r"C:\Windows\Temp\samba.dat"


def text(value: str) -> Any:
    """A name as Samba sends it."""
    made = winreg.String()
    made.name = value
    return made


def code_of(action: Any, *arguments: Any) -> int:
    """The code that a call fails with, 0 if it does not."""
    try:
        action(*arguments)
    except samba.WERRORError as error:
        return int(error.args[0])
    return 0


def main() -> None:
    """Make the calls, and say what came of them."""
    binding = json.loads(sys.stdin.readline())["binding"]
    configuration = param.LoadParm(sys.argv[1])
    nobody = credentials.Credentials()
    nobody.set_anonymous()
    pipe = winreg.winreg(binding, configuration, nobody)
    user = pipe.OpenHKCU(None, ALL)
    users = pipe.OpenHKU(None, ALL)
    key = pipe.OpenKey(user, text(PATH), 0, ALL)
    told: dict[str, Any] = {"version": pipe.GetVersion(user)}
    told["saved"] = not code_of(pipe.SaveKey, key, text(FILE), None)
    told["again"] = code_of(pipe.SaveKey, key, text(FILE), None)
    told["saved as 1.5"] = not code_of(pipe.SaveKeyEx, key, text(FILE + "5"), None, 2)
    made = pipe.CreateKey(key, text("restored"), text(""), 0, ALL, None, 0)[0]
    code_of(pipe.RestoreKey, made, text(FILE), 0)
    name = winreg.ValNameBuf()
    name.name, name.size = "", 1000
    found = pipe.EnumValue(made, 0, name, 0, [0] * 100, 100, 0)
    told["restored"] = [[found[0].name, found[1], bytes(found[2][: found[4]]).hex()]]
    pipe.CloseKey(made)
    told["deleted with a view"] = not code_of(pipe.DeleteKeyEx, key, text("restored"), 0x100, 0)
    told["unloaded"] = code_of(pipe.UnLoadKey, users, text("Nothing"))
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
