"""Remote procedure calls as Windows makes them: bytes in, PDUs and calls out, and back.

There are no sockets, files or threads here: whoever uses it carries the bytes.  Both sides of a
conversation are here.

`ndr`, `ndr_types` and `arguments` are what the arguments of calls are on the wire and in Python;
`stubs`, `registry_calls` and `registry_values` are the methods of a remote registry (MS-RRP).
`pdus` are the messages that carry calls, `fragments` puts together what comes in parts, and
`client_side` and `server_side` know what may come when.

What comes from the other side is never believed: every count is compared with the bytes that are
there before anything is made of it, and whatever does not fit is a RemoteProtocolError.
"""
