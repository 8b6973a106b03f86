"""`anyreg fleet`: one command on many machines, concurrently."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Annotated

import typer
from typer.core import TyperOption

import anyreg
from anyreg import FleetRow, Registry
from anyreg.cli import machines
from anyreg.cli.address_arguments import JsonOption
from anyreg.cli.common_options import Command, asked
from anyreg.cli.host_list import STDIN, hosts_in
from anyreg.cli.inner_command import InnerCommand, MisuseError, Printed
from anyreg.cli.output import complain, emit_json, emit_parts, flush, printable
from anyreg.cli.progress import BIG, counting
from anyreg.errors import NotSupportedError
from anyreg.fleet.hosts import connected, within
from anyreg.fleet.mapping import MOST_WORKERS, WORKERS, map_visits
from anyreg.fleet.rows import row_record
from anyreg.fleet.visit import Visit

Row = FleetRow[Printed]

app = typer.Typer(
    help="One command on many machines.",
    epilog=r"Example: anyreg fleet run --hosts hosts.txt get 'HKLM\SOFTWARE\Vendor' Version",
)


class FleetCommand(Command):
    """A command on many machines; --user and its like say who asks them."""

    def common_options(self) -> Iterator[TyperOption]:
        """The options that it has besides its own."""
        yield from super().common_options()
        yield TyperOption(
            param_decls=["--user"],
            metavar="NAME",
            default="",
            show_default=False,
            help=r"Who asks the machines, also as DOMAIN\USER.",
        )
        yield from machines.options()


@app.callback()
def fleet() -> None:
    """One command on many machines, concurrently."""


@app.command(
    "run",
    cls=FleetCommand,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog="Examples:\n\n"
    r"anyreg fleet run --hosts hosts.txt get 'HKLM\SOFTWARE\Vendor' Version"
    "\n\n"
    r"anyreg fleet run --hosts hosts.txt --user 'CORP\ada' --resume rows.jsonl --json ls HKLM"
    "\n\n"
    r"anyreg fleet run --hosts - export 'HKLM\SOFTWARE\Vendor' --output '{host}.reg' < hosts.txt"
    "\n\n"
    r"anyreg fleet run --hosts hosts.txt --write set 'HKLM\SOFTWARE\Vendor' Level 3 --type dword",
)
def run(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="COMMAND [WORD]...",
            help="get, ls, tree, find, info, timeline, dump or export, with its words; with "
            "--write also set, rm, create, cp or import. An address such as "
            r"HKLM\SOFTWARE is on each machine; {host} in a word is the machine's name.",
            show_default=False,
        ),
    ],
    *,
    hosts: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="A file with a host in each line, and comments behind #; - for the standard "
            "input.",
            show_default=False,
        ),
    ],
    resume: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Keep each row here; what is in it already is not done again, if it has not "
            "failed.",
            show_default=False,
        ),
    ] = None,
    retry_failed: Annotated[
        bool,
        typer.Option(
            "--retry-failed/--no-retry-failed", help="Do again what --resume says has failed."
        ),
    ] = True,
    workers: Annotated[
        int,
        typer.Option(min=1, max=MOST_WORKERS, help="How many machines are asked at a time."),
    ] = WORKERS,
    limit: Annotated[
        float | None,
        typer.Option(
            min=0.001,
            metavar="SECONDS",
            help="How long one machine may take, connecting included.",
            show_default=False,
        ),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Let a command change each machine.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """Run a command on many machines; what comes of one is a row, and so is what goes wrong."""
    asking = asked.machine
    if asking.password_stdin and hosts == STDIN:
        raise typer.BadParameter("--password-stdin and --hosts - both want the standard input")
    total = None if hosts == STDIN else sum(1 for _ in hosts_in(hosts))
    inner = InnerCommand(words, as_json=json, writes=write)
    how = within(limit, machines.how("the machines", asking))

    def work(visit: Visit) -> Printed:
        def opener(mode: str | None, journal: bool | anyreg.JournalSettings) -> Registry:
            if mode not in {None, "r"} and not write:
                raise NotSupportedError("this changes the machine: --write allows that")
            own = how.copy()
            own["mode"], own["journal"] = mode or "r", journal
            return visit.enter(connected(visit.target, own))

        return inner.run(visit.target, opener)

    rows = map_visits(
        hosts_in(hosts),
        work,
        workers,
        limit=limit,
        results=resume,
        task=shlex.join([*(["--json"] if json else []), *inner.words]),
        retry_failed=retry_failed,
    )
    try:
        with closing(rows), counting("hosts", size=BIG, total=total, step=1) as tick:
            count, failed, status = _show_all(rows, json, tick)
    except MisuseError as error:
        raise typer.BadParameter(str(error)) from error
    if not count:
        raise typer.BadParameter(f"no host in {'the standard input' if total is None else hosts}")
    if failed:
        complain(f"{failed} of {count} hosts failed")
    return status


def _show_all(
    rows: Iterator[Row], json: bool, tick: Callable[[object], None]
) -> tuple[int, int, int]:
    """Print the rows as they come; how many there were, how many have failed, and the status."""
    count = failed = status = 0
    for row in rows:
        if json:
            emit_json(row_record(row))
        else:
            _show(row)
        flush()
        count += 1
        failed += row.value is None
        status = max(status, 1 if row.value is None else row.value["status"])
        tick(row)
    return count, failed, status


def _show(row: Row) -> None:
    host = printable(row.target)
    if row.value is None:
        emit_parts((host, "bold"), ("  error: ", "red"), (printable(str(row.error)), "red"))
        return
    for line in row.value["output"] or ["nothing found" if row.value["status"] else "done"]:
        emit_parts((host, "bold"), ("  ", ""), (line, ""))
    for message in row.value["messages"]:
        complain(f"{host}: {message}")
