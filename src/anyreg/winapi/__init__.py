"""Windows' registry functions over handles, on every system; winreg is built on them.

This package names what CPython's winreg lacks.  Keys are given as winreg gives them: a PyHKEY, its
number, or one of the HKEY_ constants; errors are those of winreg.
"""
