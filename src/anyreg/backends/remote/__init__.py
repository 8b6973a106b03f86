r"""The registry of another machine, over the pipe \winreg of its file service.

`pipe` carries bytes (smbprotocol, the extra `remote`), `channel` makes calls and answers of them,
`calls` knows buffers and codes, and `reading` and `world` are the verbs of a backend.
"""
