"""A watch goes on where another one has ended."""

from __future__ import annotations

import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

import anyreg
from anyreg.errors import LimitError, NotFoundError, RegistryError
from anyreg.registry.watch import Batch, Watch
from anyreg.values import Value
from anyreg.watching.positions import Moment, Position, parse_position
from watching.replica import Replica, state_of

TOP = r"HKCU\Software\Top"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    with anyreg.open(f"{folder}/", "x") as registry:
        registry.create(TOP).values["first"] = 1
        registry.create(r"HKLM\SOFTWARE\Top")
    return folder


def position_of(home: Path, path: str = TOP, *, journal: bool = False) -> str:
    """Where a watch is that begins and ends now."""
    with anyreg.open(home, journal=journal) as registry, registry.open(path).watch() as watch:
        return watch.position


def missed(home: Path, since: str, path: str = TOP, *, journal: bool = False) -> list[Batch]:
    """What a watch has to report that goes on."""
    with (
        anyreg.open(home, journal=journal) as registry,
        registry.open(path).watch(since=since) as watch,
    ):
        return drained(watch)


def drained(watch: Watch) -> list[Batch]:
    found: list[Batch] = []
    while (batch := watch.take()) is not None:
        found.append(batch)
    return found


def lines(batches: list[Batch]) -> list[list[tuple[str, str, str | None]]]:
    assert all(batch.is_known and not batch.resynchronised for batch in batches)
    return [[(one.kind, one.path, one.name) for one in batch] for batch in batches]


def is_unknown(batches: list[Batch]) -> bool:
    """Whether the first says that something cannot be known, and is all."""
    (only,) = batches
    return (len(only), only.resynchronised, only.is_known) == (0, True, False)


SHOWN = r"HKEY_CURRENT_USER\Software\Top"


def test_a_position_is_one_word() -> None:
    """Which gives the same again."""
    position = Position(
        "S-1-5-21", {"Machine\\SOFTWARE": Moment(7, 2**64 - 1, 1), "": Moment(1, 0, 2)}
    )
    text = str(position)
    assert len(text.split()) == 1
    again = parse_position(f"  {text}\n")
    assert (again.registry, again.hives) == (position.registry, position.hives)


@pytest.mark.parametrize(
    "text", ["", "x", "anyreg1.", "anyreg1.!!", "anyreg1.AAAA", "anyreg1.eJwDAAAAAAE"]
)
def test_what_is_no_position_is_refused(home: Path, text: str) -> None:
    """And nothing is watched."""
    with pytest.raises(LimitError, match="no position of a watch"):
        missed(home, text)


def test_a_position_of_another_registry_is_refused(home: Path, tmp_path: Path) -> None:
    """It would mean nothing here."""
    anyreg.open(f"{tmp_path}/other/", "x").close()
    other = position_of(tmp_path / "other", "HKCU")
    with pytest.raises(LimitError, match="another registry"):
        missed(home, other)


@pytest.mark.parametrize("journal", [False, True])
def test_where_nothing_was_committed_nothing_was_missed(home: Path, journal: bool) -> None:
    """Opening and closing is no change."""
    since = position_of(home, journal=journal)
    for _ in range(3):
        assert missed(home, since, journal=journal) == []


def test_the_log_knows_what_was_committed_since(home: Path) -> None:
    """As long as the registry stays open."""
    with anyreg.open(home) as registry, anyreg.open(home) as writer:
        writer.open(TOP)
        key = registry.open(TOP)
        with key.watch() as watch:
            since = watch.position
        writer.open(TOP).values["a"] = 1
        with key.watch(since=since) as watch:
            (batch,) = drained(watch)
            second = batch.position
        with writer.transaction():
            writer.open(TOP).values["b"] = 2
            writer.create(TOP + r"\Sub")
        with key.watch(since=since) as watch:
            batches = drained(watch)
        assert [sorted(batch) for batch in lines(batches)] == [
            [("value set", SHOWN, "a")],
            [("key created", SHOWN + r"\Sub", None), ("value set", SHOWN, "b")],
        ]
        with key.watch(since=second) as watch:
            assert len(drained(watch)) == 1
        with key.watch(since=batches[-1].position) as watch:
            assert drained(watch) == []


def test_who_opens_the_registry_ends_the_period_and_knows_it(home: Path) -> None:
    """Once: whoever comes next knows it no more."""
    with anyreg.open(home) as writer:
        since = position_of(home)
        writer.open(TOP).values["a"] = 1
        with writer.transaction():
            writer.open(TOP).values["b"] = 2
            writer.create(TOP + r"\Sub")
        with (
            anyreg.open(home) as registry,
            registry.open(TOP).watch(since=since, timeout=20) as watch,
        ):
            writer.open(TOP).values["c"] = 3
            batches = [next(watch) for _ in range(3)]
            assert [sorted(batch) for batch in lines(batches)] == [
                [("value set", SHOWN, "a")],
                [("key created", SHOWN + r"\Sub", None), ("value set", SHOWN, "b")],
                [("value set", SHOWN, "c")],
            ]
            for at, batch in enumerate(batches):
                with registry.open(TOP).watch(since=batch.position) as rest:
                    assert lines(drained(rest)) == lines(batches[at + 1 :])
        assert lines(missed(home, batches[1].position)) == [[("value set", SHOWN, "c")]]
        assert is_unknown(missed(home, since))


def test_what_a_process_that_died_has_committed_was_missed_too(home: Path) -> None:
    """Who opens the registry next recovers it."""
    since = position_of(home)
    program = "import sys, os, anyreg; r = anyreg.open(sys.argv[1]); k = r.open(sys.argv[2])\n"
    program += "k.values['a'] = 1; k.values['b'] = 2; os._exit(0)"
    subprocess.run([sys.executable, "-c", program, str(home), TOP], check=True, timeout=60)
    assert lines(missed(home, since)) == [[("value set", SHOWN, "a")], [("value set", SHOWN, "b")]]


def test_what_the_log_has_lost_is_said_to_be_unknown(home: Path) -> None:
    """Once, and the watch goes on."""
    with anyreg.open(home) as writer:
        since = position_of(home)
        writer.open(TOP).values["a"] = 1
    assert is_unknown(missed(home, since))
    with anyreg.open(home) as registry, registry.open(TOP).watch(since=since) as watch:
        assert watch.take() is not None
        registry.open(TOP).values["b"] = 1
        batch = watch.take()
        assert batch is not None
        assert lines([batch]) == [[("value set", SHOWN, "b")]]
        last = batch.position
    assert missed(home, last) == []


def test_a_checkpoint_is_nothing_that_was_missed(home: Path) -> None:
    """The log is begun anew, and the hive holds what it held."""
    with anyreg.open(home) as writer:
        writer.open(TOP).values["a"] = 1
        since = position_of(home)
    assert missed(home, since) == []


def test_the_journal_knows_what_was_committed_since(home: Path) -> None:
    """Commit by commit; of several hives as one."""
    since = position_of(home, "HKEY_USERS", journal=True)
    both = position_of(home, "HKLM", journal=True)
    for number in range(3):
        with anyreg.open(home, journal=True) as writer, writer.transaction():
            writer.open(TOP).values["a"] = number
            writer.open(r"HKLM\SOFTWARE\Top").values["b"] = number
    with anyreg.open(home, journal=True) as registry:
        user = registry.open("HKCU").path
        assert user == "HKEY_CURRENT_USER"
    found = lines(missed(home, since, "HKEY_USERS", journal=True))
    assert [[(kind, name) for kind, _, name in batch] for batch in found] == 3 * [
        [("value set", "a")]
    ]
    assert lines(missed(home, both, "HKLM", journal=True)) == 3 * [
        [("value set", r"HKEY_LOCAL_MACHINE\SOFTWARE\Top", "b")]
    ]


def test_each_batch_has_a_position_to_go_on_from(home: Path) -> None:
    """Also those that were missed."""
    since = position_of(home, journal=True)
    with anyreg.open(home, journal=True) as writer:
        for number in range(6):
            writer.open(TOP).values["a"] = number
    batches = missed(home, since, journal=True)
    for at, batch in enumerate(batches):
        rest = missed(home, batch.position, journal=True)
        assert lines(rest) == lines(batches[at + 1 :])


def test_what_was_undone_and_redone_was_missed_too(home: Path) -> None:
    """It is a commit like any other."""
    since = position_of(home, journal=True)
    with anyreg.open(home, journal=True) as writer:
        assert writer.journal is not None
        writer.open(TOP).values["a"] = 1
        writer.open(TOP).values["a"] = 2
        writer.create(TOP + r"\Sub")
        writer.journal.undo(3)
        writer.journal.redo()
    found = missed(home, since, journal=True)
    assert [
        [(one.kind, data(one.before), data(one.after)) for one in batch] for batch in found
    ] == [
        [("value set", None, 1)],
        [("value set", 1, 2)],
        [("key created", None, None)],
        [("key deleted", None, None), ("value set", 2, 1), ("value deleted", 1, None)],
        [("value set", None, 1)],
    ]


def test_a_commit_without_a_record_makes_the_rest_unknown(home: Path) -> None:
    """The journal does not know it, and no log."""
    since = position_of(home, journal=True)
    with anyreg.open(home, journal=True) as writer:
        writer.open(TOP).values["a"] = 1
    with anyreg.open(home) as silent:
        silent.open(TOP).values["b"] = 1
    with anyreg.open(home, journal=True) as writer:
        writer.open(TOP).values["c"] = 1
    assert is_unknown(missed(home, since, journal=True))


def test_the_log_knows_commits_without_a_record_too(home: Path) -> None:
    """What both know is reported once."""
    with anyreg.open(home, journal=True) as registry, anyreg.open(home) as silent:
        silent.open(TOP)
        key = registry.open(TOP)
        with key.watch() as watch:
            since = watch.position
        silent.open(TOP).values["b"] = 2
        key.values["c"] = 2
        with key.watch(since=since) as watch:
            assert lines(drained(watch)) == [
                [("value set", SHOWN, "b")],
                [("value set", SHOWN, "c")],
            ]


def test_a_hive_that_was_put_in_its_place_is_unknown(tmp_path: Path) -> None:
    """Whatever its numbers are."""
    file = tmp_path / "hive"
    for length in (1, 9):
        with anyreg.open(file, "x") as hive:
            for number in range(5):
                hive.root.values["a"] = number
        with anyreg.open(file, "r+") as hive, hive.root.watch() as watch:
            since = watch.position
        file.unlink()
        with anyreg.open(file, "x") as hive:
            for number in range(length):
                hive.root.values["a"] = number
        with anyreg.open(file, "r+") as hive, hive.root.watch(since=since) as watch:
            assert is_unknown(drained(watch))
        file.unlink()


def test_a_hive_that_is_only_read_is_the_same_or_unknown(tmp_path: Path) -> None:
    """Nobody knows what others have done to it."""
    file = tmp_path / "hive"
    with anyreg.open(file, "x") as hive:
        hive.root.values["a"] = 1
    with anyreg.open(file) as hive, hive.root.watch() as watch:
        since = watch.position
    with anyreg.open(file) as hive, hive.root.watch(since=since) as watch:
        assert drained(watch) == []
    with anyreg.open(file, "r+") as hive:
        hive.root.values["a"] = 2
    with anyreg.open(file) as hive, hive.root.watch(since=since) as watch:
        assert is_unknown(drained(watch))


def test_a_registry_in_memory_is_another_one_each_time() -> None:
    """Within one, a position holds."""
    with anyreg.open("memory:") as registry:
        with registry.open("HKLM").watch() as watch:
            since = watch.position
        with registry.open("HKLM").watch(since=since) as watch:
            assert drained(watch) == []
        registry.create(r"HKLM\SOFTWARE\New")
        with registry.open("HKLM").watch(since=since) as watch:
            assert is_unknown(drained(watch))


def data(value: object) -> object:
    """Of a value its data, of a key nothing."""
    return value.data if isinstance(value, Value) else None


@pytest.mark.parametrize("seed", range(4))
def test_watches_that_end_and_go_on_lose_nothing(home: Path, seed: int) -> None:
    """Random commits, openings and closings, with a journal; each batch is reported once."""
    random_ = random.Random(seed)
    writer = anyreg.open(home, journal=True)
    replica = Replica(writer.open(TOP))
    since = position_of(home, journal=True)
    try:
        for _ in range(30):
            for _ in range(random_.randrange(4)):
                commit(random_, writer, True)
            if random_.random() < 0.3:
                writer.close()
                writer = anyreg.open(home, journal=True)
            with anyreg.open(home, journal=True) as registry:
                since = followed(random_, replica, since, registry, writer)
        for batch in missed(home, since, journal=True):
            assert batch.is_known
            replica.apply(batch)
        assert replica.keys == state_of(writer.open(TOP))
    finally:
        writer.close()


@pytest.mark.parametrize("stays_open", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_watches_go_on_without_a_journal(home: Path, seed: int, stays_open: bool) -> None:
    """The log knows, while others keep the registry open, in which the watch ends and begins.

    A checkpoint in the background may end the log's period at a bad moment, which the watch says.
    """
    random_ = random.Random(seed)
    lost = 0
    with anyreg.open(home) as writer:
        replica = Replica(writer.open(TOP))
        registry = anyreg.open(home)
        with registry.open(TOP).watch() as watch:
            since = watch.position
        for _ in range(30):
            for _ in range(random_.randrange(4)):
                commit(random_, random_.choice([writer, registry]), False)
            if not stays_open:
                registry.close()
                registry = anyreg.open(home)
            try:
                since = followed(random_, replica, since, registry, writer, whole=not stays_open)
            except LostError:
                lost += 1
                with registry.open(TOP).watch() as watch:
                    replica, since = Replica(registry.open(TOP)), watch.position
        with registry.open(TOP).watch(since=since) as watch:
            for batch in drained(watch):
                replica.apply(batch)
                if not batch.is_known:
                    replica = Replica(registry.open(TOP))
        assert lost < 10
        assert replica.keys == state_of(writer.open(TOP))
        registry.close()


class LostError(Exception):
    """What was missed cannot be known."""


def followed(
    random_: random.Random,
    replica: Replica,
    since: str,
    registry: anyreg.Registry,
    writer: anyreg.Registry,
    *,
    whole: bool = False,
) -> str:
    """Where a watch has come that takes some batches, or all."""
    with registry.open(TOP).watch(since=since) as watch:
        for _ in range(random_.randrange(3)):
            commit(random_, writer, False)
        registry._backend.refresh()
        batches = drained(watch)
        for batch in batches if whole else batches[: random_.randrange(1, 9)]:
            if not batch.is_known:
                raise LostError
            replica.apply(batch)
            since = batch.position
    return since


def commit(random_: random.Random, registry: anyreg.Registry, journal: bool) -> None:
    if journal and random_.random() < 0.2:
        assert registry.journal is not None
        with suppress(NotFoundError):
            verb = random_.choice([registry.journal.undo, registry.journal.redo])
            verb(random_.randrange(1, 3))
        return
    with registry.transaction():
        for _ in range(random_.randrange(1, 5)):
            with suppress(RegistryError, KeyError):
                change(random_, registry)


def change(random_: random.Random, registry: anyreg.Registry) -> None:
    keys = [registry.open(TOP)]
    for key in keys:
        keys += key.children()
    key = random_.choice(keys)
    name = random_.choice("abcDE")
    verb = random_.randrange(8)
    if verb == 0:
        key.create(name + "\\" + random_.choice("xyZ"))
    elif verb == 1:
        key.delete(name, recursive=True)
    elif verb == 2:
        key.rename(name, random_.choice("abcde"))
    elif verb == 3:
        key.class_name = name
    elif verb == 4:
        del key.values[name]
    elif verb == 5:
        registry.open(r"HKLM\SOFTWARE\Top").values[name] = random_.randrange(5)
    else:
        key.values[name] = random_.randrange(5)
