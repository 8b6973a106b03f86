"""Changes of files, as the operating system reports them: nothing is looked at by a timer.

One thread of the process, the hub, waits for all watches.  What it waits at is an EventSource, one
for each system, in a file of its own; where a system or a file system reports nothing, files can be
looked at every so many seconds instead, when the caller asks for it.

Import it where it is used: most programs never watch anything.
"""

from __future__ import annotations

from anyreg.fileevents.hub import Changed, FileWatch, watch_files

__all__ = ["Changed", "FileWatch", "watch_files"]
