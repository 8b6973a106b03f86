"""One function over many registries: machines, hive files, disks.

`rows` is what comes of each, `board` what the workers share, `visit` one registry from opening it
to closing it, `result_file` what has been done before, `mapping` all together, and
`hosts` the same for machines.
"""
