"""Registries as text: .reg files, JSON, CSV, and the dump that tests compare.

Every writer is a generator that walks a key and gives one piece of text for each key, so that a
hive of any size goes through little memory.  Nothing is opened or printed here.
"""
