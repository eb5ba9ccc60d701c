"""What the arrivals sensor remembers from tick to tick, in its cursor: where listings go on, what could not be read.

Nothing is lost with it: which files were seen is told by the table of arrivals. Without a cursor, listings begin at
their beginning and unreadable files are tried at once.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from typing import Final

from resources.sources import SeenFile

FIRST_DELAY: Final = 60.0
LONGEST_DELAY: Final = 3_600.0
"""Seconds before an unreadable file is tried again: the first, doubled at each attempt up to the other."""
REMEMBERED: Final = 1_000
"""Unreadable files that a cursor names; where there are more, the others only wait for their turn in the listing."""


@dataclass
class Memory:
    """`after`: by source the URI behind which its listing goes on. `tries`: attempts, and when the next is due."""

    after: dict[str, str] = field(default_factory=dict)
    tries: dict[str, tuple[int, float]] = field(default_factory=dict)

    @classmethod
    def load(cls, cursor: str | None) -> "Memory":
        """From the cursor; a new one where there is none or it is not ours."""
        try:
            value = json.loads(cursor or "{}")
            tries = {str(name): (int(attempts), float(due)) for name, (attempts, due) in value["tries"].items()}
            return cls({str(place): str(uri) for place, uri in value["after"].items()}, tries)
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls()

    def dump(self) -> str:
        """The cursor."""
        return json.dumps({"after": self.after, "tries": self.tries}, ensure_ascii=False)

    def due(self, file: SeenFile, now: float) -> bool:
        """Whether it is time to look at this file. A clock that was put back makes nothing wait for longer."""
        due = self.tries.get(_name(file), (0, 0.0))[1]
        return now >= due or due - now > LONGEST_DELAY

    def attempts(self, file: SeenFile) -> int:
        """How often this version could not be read."""
        return self.tries.get(_name(file), (0, 0.0))[0]

    def failed(self, file: SeenFile, now: float) -> None:
        """It could not be read; the next try is later each time."""
        attempts = self.attempts(file) + 1
        if attempts > 1 or len(self.tries) < REMEMBERED:
            delay = min(FIRST_DELAY * 2.0 ** min(attempts - 1, 20), LONGEST_DELAY)
            self.tries[_name(file)] = (attempts, now + delay)

    def settled(self, files: Iterable[SeenFile], now: float) -> None:
        """These were read; what is overdue by far is not there any more, or another version of it is."""
        names = {_name(file) for file in files}
        self.tries = {
            name: (attempts, due)
            for name, (attempts, due) in self.tries.items()
            if name not in names and due > now - 24 * LONGEST_DELAY
        }


def in_turn(queues: Sequence[Sequence[SeenFile]]) -> list[SeenFile]:
    """One file of each queue after the other, each file once: a long queue keeps no other one waiting."""
    rounds = chain.from_iterable(zip_longest(*queues))
    return list({file.uri: file for file in rounds if file is not None}.values())


def portion(files: Sequence[SeenFile], most_files: int, most_bytes: int) -> Sequence[SeenFile]:
    """The first of these files that one tick takes: within both limits, and at least one."""
    size = 0
    for number, file in enumerate(files):
        size += file.bytes
        if number == most_files or (number and size > most_bytes):
            return files[:number]
    return files


def _name(file: SeenFile) -> str:
    return hashlib.sha256(f"{file.uri}\n{file.version}".encode("utf-8", "surrogateescape")).hexdigest()[:16]
