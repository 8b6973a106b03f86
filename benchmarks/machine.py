"""What the measurements were made on: enough to judge them, nothing that names the machine."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from readers import PACKAGES


def describe() -> list[str]:
    """A line on the hardware, one on the system, one on the versions."""
    versions = [f"anyreg {version('anyreg')}", *_peers()]
    return [
        f"CPU: {_cpu()}, {os.cpu_count()} cores; memory: {_memory()}",
        f"System: {_system()}, {platform.machine()}; "
        f"{platform.python_implementation()} {platform.python_version()}",
        f"Versions: {', '.join(versions)}",
    ]


def _cpu() -> str:
    return _field("/proc/cpuinfo", "model name") or platform.processor() or "unknown"


def _memory() -> str:
    kilobytes = _field("/proc/meminfo", "MemTotal").split()
    return f"{int(kilobytes[0]) / 1e6:.0f} GB" if kilobytes else "unknown"


def _system() -> str:
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        name = platform.system()
    return f"{name}, kernel {'.'.join(platform.release().split('.')[:2])}"


def _peers() -> list[str]:
    found = [f"hivex {hivex}"] if (hivex := _hivex()) else []
    for name, package in PACKAGES.items():
        try:
            found.append(f"{name} {version(package)}")
        except PackageNotFoundError:
            continue
    return found


def _hivex() -> str:
    """The version of Debian's package."""
    if not shutil.which("dpkg-query"):
        return ""
    command = ["dpkg-query", "-W", "-f", "${source:Upstream-Version}", "libhivex0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def _field(file: str, name: str) -> str:
    try:
        lines = Path(file).read_text("utf-8").splitlines()
    except OSError:
        return ""
    found = [line.partition(":")[2].strip() for line in lines if line.startswith(name)]
    return found[0] if found else ""
