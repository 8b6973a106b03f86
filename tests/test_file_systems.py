"""Which file system a file lies on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from anyreg.engine.memory_disk import MemoryDisk
from anyreg.engine.writable import WritableHive
from anyreg.errors import NotSupportedError
from anyreg.file_systems import kind_in_table, network_kind, require_local, silent_kind

TABLE = r"""21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 21 0:40 / /home rw - nfs4 server:/home rw
31 30 0:41 / /home/my\040disk rw shared:1 master:2 - xfs /dev/sdb rw
32 21 0:42 / /home rw - cifs //server/share rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/hive", "ext4"),
        ("/homework/hive", "ext4"),
        ("/home/hive", "cifs"),
        ("/home/my disk/hive", "xfs"),
        ("/home", "cifs"),
    ],
)
def test_the_longest_and_last_mount_holds_a_path(path: str, kind: str) -> None:
    """A mount may lie over an earlier one, and names may hold blanks."""
    assert kind_in_table(TABLE, path) == kind


def test_this_folder_is_local(tmp_path: Path) -> None:
    """Or none of these tests could write a hive."""
    assert network_kind(str(tmp_path / "hive")) == ""
    assert silent_kind(str(tmp_path / "hive")) == ""


def test_hives_are_not_written_over_a_network() -> None:
    """The error says what to do; reading is another matter."""

    class Remote(MemoryDisk):
        def require_sharing(self, path: str) -> None:
            require_local(path, "nfs4")

    with pytest.raises(NotSupportedError, match="local disk") as caught:
        WritableHive(Remote(), "hive")
    assert caught.value.path == "hive"
    require_local("hive", "ext4")


KINDS = """
from anyreg.file_systems import network_kind, silent_kind
print([(network_kind(path), silent_kind(path)) for path in ('/a/hive', '/b/hive', '/hive')])
"""
OVER = 'mount --bind "$1" /proc/$$/mountinfo && exec "$2" -c "$3"'


def test_the_table_of_this_process_is_asked(tmp_path: Path) -> None:
    """Where another one lies over it; folders of a virtual machine's host report nothing."""
    table = tmp_path / "table"
    table.write_text(
        "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        "30 21 0:40 / /a rw - nfs4 server:/a rw\n"
        "31 21 0:41 / /b rw - virtiofs host rw\n"
    )
    alone = ("unshare", "-mr")
    if not shutil.which("unshare") or subprocess.run([*alone, "true"], check=False).returncode:
        pytest.skip("no namespaces of users here")
    command = [*alone, "sh", "-c", OVER, "sh", str(table), sys.executable, KINDS]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "[('nfs4', 'nfs4'), ('', 'virtiofs'), ('', '')]\n", done.stderr
