"""`anyreg dump`: every key and value as a line of JSON, to compare and to hash."""

from __future__ import annotations

from anyreg.cli.address_arguments import AddressArgument, opened
from anyreg.cli.output import emit_bytes
from anyreg.cli.progress import followed
from anyreg.formats import dump as dumps
from anyreg.registry.rows import rows_of


def dump(address: AddressArgument) -> None:
    """Print every key and value on a line of JSON, exactly as stored and in stored order.

    A key is ["k",path,last_written,class], a value ["v",name,type,"hexdata"].
    """
    with opened(address) as place:
        for lines in followed(
            dumps.write(rows_of(place.key)), "keys", size=place.size, total=place.total()
        ):
            emit_bytes(lines.encode("ascii"))
