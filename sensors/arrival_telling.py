"""What a tick of the arrivals sensor says: one sentence for the list of ticks, and lines for the tick's log."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ocr_assets.arrivals import Arrived
from ocr_assets.core.text_layer import without_controls
from sensors.arrival_listing import Listing
from sensors.arrival_looks import Looks

LISTED: Final = 20
"""Files of one kind that the log names; the sentence counts all."""


@dataclass
class Told:
    """What there is to tell. `troubles` are for the operator to mend."""

    listed: int
    counts: dict[str, int]
    superseded: list[str]
    refused: list[str]
    troubles: list[str]
    vanished: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls, listings: Sequence[Listing], arrived: Arrived, looks: Looks, superseded: Mapping[str, str], later: int
    ) -> "Told":
        """Of what a tick saw and what came of it.

        `superseded` says of documents which other one took their place, `later` counts the unreadable files whose next
        try is not due yet.
        """
        here = [arrival for arrival in looks.arrivals if arrival.state == "here"]
        again = sum(1 for arrival in here if arrival.document in arrived.forgotten)
        counts = {
            "new": len(arrived.new),
            "duplicate": len(here) - len(arrived.new) - again,
            "superseded": len(superseded),
            "forgotten before": again,
            "refused": len(looks.arrivals) - len(here),
            "unreadable": len(looks.unreadable),
            "unreadable before, tried again later": later,
            "left for the next tick": len(looks.left),
        }
        return cls(
            listed=sum(len(listing.files) for listing in listings),
            counts=counts,
            superseded=[f"{old} was superseded by {new}" for old, new in superseded.items()],
            refused=[f"{a.file.uri} was refused: {a.reason}" for a in looks.arrivals if a.state == "refused"],
            troubles=[
                *(str(listing.fault) for listing in listings if listing.fault),
                *_some([str(error) for _, error in looks.unreadable]),
            ],
        )

    def sentence(self) -> str:
        """All of it in short."""
        counts = {**self.counts, "vanished": len(self.vanished), "forgotten": len(self.forgotten)}
        parts = ", ".join(f"{number} {what}" for what, number in counts.items() if number) or "nothing new"
        reasons = Counter(line.split(" was refused: ")[-1].split(":")[0] for line in self.refused)
        why = f" ({', '.join(f'{reason} {number}' for reason, number in reasons.items())})" if reasons else ""
        trouble = f"; {without_controls(self.troubles[0])}" if self.troubles else ""
        more = f" and {len(self.troubles) - 1} more like it in the log" if len(self.troubles) > 1 else ""
        files = "1 file" if self.listed == 1 else f"{self.listed} files"
        return f"{files} listed: {parts}{why}{trouble}{more}"

    def lines(self) -> Iterator[str]:
        """The sentence, and what it counts; nothing where nothing happened."""
        if any(self.counts.values()) or self.vanished or self.forgotten:
            yield self.sentence()
        for lines in (
            self.superseded,
            self.refused,
            [f"{uri} vanished" for uri in self.vanished],
            [f"{document} was forgotten: no source holds it any more" for document in self.forgotten],
        ):
            yield from map(without_controls, _some(lines))


def _some(lines: list[str]) -> list[str]:
    return lines if len(lines) <= LISTED else [*lines[:LISTED], f"… and {len(lines) - LISTED} more"]
