"""Changes as lines of JSON."""

from __future__ import annotations

from anyreg.formats.changes import change_record, read_changes, side_record

__all__ = ["change_record", "read_changes", "side_record"]
