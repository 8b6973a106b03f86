"""Registries as text and bytes: .reg files, JSON, CSV, group policies, and the dump of the tests.

Pure: rows in and text or bytes out, bytes in and instructions out.  Nothing here knows a registry,
opens a file or prints, so any world that can be walked or changed can use every format.

Every writer is a generator that gives one piece for each key, and every reader a generator of
instructions, so that a hive of any size goes through little memory.
"""
