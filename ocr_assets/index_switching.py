"""Switching the searched index, and back: the new one is made level with the lake beside the old one, then named."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ocr_assets.errors import UsageError
from ocr_assets.indexes import Index, register_of, registered_index
from ocr_assets.run_tags import this_process
from ocr_assets.settings import Settings
from resources.exclusive import exclusive
from resources.index_register import Register
from resources.lake import Lake

SWITCHING: Final = "index switch"
"""Lock of whoever switches or drops, for as long as that takes."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An index as the operator sees it."""

    name: str
    passages: int
    active: bool
    previous: bool
    configured: bool

    def value(self) -> dict[str, Any]:
        """As JSON."""
        flags = {"active": self.active, "previous": self.previous, "configured": self.configured}
        return {"index": self.name, "passages": self.passages} | flags


def listed(settings: Settings) -> list[Listed]:
    """Every index of the register, and the one that the settings name."""
    configured, register = Index.of(settings), register_of(settings).read()
    register = register or Register(configured.name)
    found = {name: registered_index(settings, name, embedding=False) for name in register.indexes} | {
        configured.name: configured
    }
    return [
        Listed(
            name,
            index.store.count(),
            active=name == register.active,
            previous=name == register.previous,
            configured=name == configured.name,
        )
        for name, index in sorted(found.items())
    ]


def switch(
    settings: Settings,
    lake: Lake,
    name: str,
    settled: Callable[[], Mapping[str, int]],
    registered: Callable[[], Collection[str]],
    busy: Callable[[], Collection[str]],
) -> int:
    """Have searches use this index of the register; how many documents had to be written into it.

    `settled` tells the documents whose passages are to be found, with the event that settled them, `registered` all
    that there are, `busy` those of runs in flight. What differs is written first: a search finds the old index or the
    new one, and either whole. What runs settle meanwhile is written after, since they know only now of this index, and
    so is what runs in flight wrote to the other one. Called again after being killed, it goes on. Raises UsageError
    where there is no such index.
    """
    file = register_of(settings)
    with exclusive(file.root, SWITCHING, this_process()):
        index = registered_index(settings, name)
        before = settled()
        different = index.level(lake, list(before))
        held = {document for document, _ in index.store.held()}
        if surplus := sorted(held - set(registered())):
            index.store.replace([], surplus)
        with file.changing(this_process()):
            register = file.read()
            assert register is not None
            if name != register.active:
                file.write(replace(register, active=name, previous=register.active))
        late = set(busy())  # first: what ends meanwhile is settled then
        late |= {document for document, event in settled().items() if before.get(document) != event}
        index.level(lake, sorted(late))
    return len(different)


def previous(settings: Settings) -> str:
    """The index that was searched before the present one. Raises UsageError where there was none."""
    register = register_of(settings).read()
    if register is None or register.previous is None:
        raise UsageError("no other index was searched before this one; `ocr-assets index list` shows what there is")
    return register.previous


def drop(settings: Settings, name: str, keep: bool = False) -> None:
    """Remove an index that is not searched, with `keep` from the register alone: its store may be gone for good.

    Raises UsageError where it is searched, or where there is none.
    """
    file = register_of(settings)
    with exclusive(file.root, SWITCHING, this_process()), file.changing(this_process()):
        register = file.read()
        if register is not None and name == register.active:
            raise UsageError(f"{name} is what is searched; switch to another index first")
        if register is None or name not in register.indexes or not keep:
            registered_index(settings, name, embedding=False).store.drop()
        assert register is not None
        left = {key: spec for key, spec in register.indexes.items() if key != name}
        previous = None if register.previous == name else register.previous
        file.write(replace(register, previous=previous, indexes=left))
