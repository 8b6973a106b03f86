r"""The text files that Wine keeps its registry in: system.reg, user.reg and userdef.reg.

A file is lines, and each line knows what it is (`sections`): so a file that was read gives back its
very bytes, and one that is changed keeps every line that nothing has happened to, also those that
nobody understands.  What is new is written as Wine's server writes it, to the byte.

    reader      bytes in, sections out
    sections    keys as lines, and what becomes of them by a change
    values      a value's line
    escapes     the texts in them, and the order of names

Source: how Wine's server reads and writes these files (server/registry.c and server/unicode.c of
Wine 8), in words of our own; all of it is compared with a Wine that runs.
"""
