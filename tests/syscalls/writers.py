"""Two processes that write at once, recorded in one order."""

from __future__ import annotations

import os
import random
import signal
import sys
import traceback

from anyreg.errors import TransactionError
from syscalls.chains import drawn_faults
from syscalls.worlds import Hand, Own, State, Teller, World
from syscalls.zygote import SECONDS, Faults


class Writers(World):
    """Each changes what the other has left; one of them may be killed, or fail."""

    def make(self, folder: str) -> None:
        super().make(folder)
        with self.open(folder, "r+") as registry:
            hand = Hand(registry, self.tops, random.Random(1))
            for hive in self.tops:
                hand.set(hive, "Turn", "whose", b"somebody's")

    def work(self, folder: str, rnd: random.Random, tell: Teller) -> None:
        seeds = [rnd.random() for _ in range(2)]
        faults = drawn_faults(rnd) if rnd.random() < 0.5 else Faults()
        other = os.fork()
        if other == 0:
            self._be_the_other(folder, random.Random(seeds[1]), tell, faults)
        try:
            self._work(folder, random.Random(seeds[0]), tell)
        except TransactionError:  # the other could not name the record that both had opened
            if not faults.are_errors:
                raise
        finally:
            _, status = os.waitpid(other, 0)
        if status and status != signal.SIGKILL:
            raise AssertionError(f"the other writer ended with status {status}")

    def _be_the_other(self, folder: str, rnd: random.Random, tell: Teller, faults: Faults) -> None:
        signal.alarm(SECONDS)
        tell.recorder.faults(faults)
        try:
            self._work(folder, rnd, tell)
        except OSError:
            if not (faults.are_errors or tell.recorder.fails):
                traceback.print_exc(file=sys.stderr)
                os._exit(1)
        except BaseException:
            traceback.print_exc(file=sys.stderr)
            os._exit(1)
        os._exit(0)

    def _work(self, folder: str, rnd: random.Random, tell: Teller) -> None:
        """Unlike one alone, this one knows what there is when it is its turn."""
        with self.open(folder, "r+") as registry:
            hand = Hand(registry, self.tops, rnd, {hive: {} for hive in self.tops})
            for _ in range(rnd.choice((1, 2, 4, 8))):
                self.commit(hand, tell)
        tell.promise(self.tops)

    def commit(self, hand: Hand, tell: Teller) -> bool:
        self._commit(hand, tell)
        return True

    def begin(self, hand: Hand, tell: Teller, hives: list[str]) -> None:
        for hive in hives:  # it is this one's turn once it has begun to change
            hand.set(hive, "Turn", "whose", b"somebody's")
        state: State = hand.look(hives)
        tell.seen(state)
        hand.state.update(state)


class OwnWriters(Writers, Own):
    """In a registry of one's own, which has more than one hive."""
