"""What programs use of files beyond Key.export() and Registry.import_(): names, and no code.

The schema of the JSON document lies here too.
"""
