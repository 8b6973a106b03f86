"""The hive file format: bytes in, records out, bytes back.  No files, no state."""
