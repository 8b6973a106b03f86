"""What Samba's own client reads of a key over SMB, for Debian's Python: JSON in and out."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

try:
    param = importlib.import_module("samba.param")
    winreg = importlib.import_module("samba.dcerpc.winreg")
    credentials = importlib.import_module("samba.credentials")
except ImportError:
    sys.exit(3)

ALLOWED = 0x02000000
ROOM = 20_000


def text(value: str) -> Any:
    """A name as Samba sends it."""
    made = winreg.String()
    made.name = value
    return made


def main() -> None:
    """Read the key, and write one value more if that is asked for."""
    asked = json.loads(sys.stdin.readline())
    configuration = param.LoadParm(sys.argv[1])
    who = credentials.Credentials()
    who.guess(configuration)
    who.set_username(asked["user"])
    who.set_password(asked["password"])
    who.set_kerberos_state(credentials.DONT_USE_KERBEROS)
    configuration.set("smb ports", str(asked["port"]))
    configuration.set("client min protocol", "SMB3")
    pipe = winreg.winreg(f"ncacn_np:{asked['host']}[\\pipe\\winreg]", configuration, who)
    key = pipe.OpenKey(pipe.OpenHKCU(None, ALLOWED), text(asked["path"]), 0, ALLOWED)
    values = []
    for index in range(pipe.QueryInfoKey(key, text(""))[4]):
        name = winreg.ValNameBuf()
        name.name, name.size = "", 1000
        found = pipe.EnumValue(key, index, name, 0, [0] * ROOM, ROOM, 0)
        values.append([found[0].name, found[1], bytes(found[2][: found[4]]).hex()])
    for name, kind, data in asked["write"]:
        pipe.SetValue(key, text(name), kind, list(bytes.fromhex(data)))
    sys.stdout.write(json.dumps(values))


if __name__ == "__main__":
    main()
