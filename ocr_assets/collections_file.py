"""The collections of a code location, and the settings of each: one YAML file that maps names to settings.

    invoices:
      sources: s3://inbox/invoices
      dpi: 300
    letters:
      sources: s3://inbox/letters

What a collection does not set is as in the environment, but for where things are: its root is the default collection's
with its name behind, and it watches nothing until it names sources.
"""

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from itertools import combinations, product
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from ocr_assets.core.collection import DEFAULT, Collection
from ocr_assets.errors import UsageError
from ocr_assets.settings import Settings

SHARED: Final = ("home", "collections")
"""Settings that no collection has for itself: Dagster's instance is one for all."""


def read_collections(settings: Settings) -> dict[Collection, Settings]:
    """The default collection with these settings, and those of the file that they name.

    Raises UsageError, naming file, collection, setting and what to do, where the file is not as it should be.
    """
    found = {DEFAULT: settings}
    if settings.collections:
        path = Path(settings.collections)
        for name, overrides in _entries(path).items():
            place = f"{path}, collection {name!r}"
            try:
                collection = Collection(name)
            except UsageError as error:
                raise UsageError(f"{path}: {error}") from None
            found[collection] = _settings(place, settings, collection, overrides)
        _check_places(path, found)
    return found


def find_collection(known: Iterable[Collection], name: str, file: str | None) -> Collection:
    """The collection of that name, `default` for the default one. Raises UsageError where `file` has none such."""
    by_name = {one.told: one for one in known}
    if name not in by_name:
        there = f"{file} has {', '.join(by_name)}"
        alone = "there is the default one alone until OCR_ASSETS_COLLECTIONS names a file with others"
        raise UsageError(f"no collection {name!r}; {there if file else alone}")
    return by_name[name]


def places_of(settings: Settings) -> tuple[str, ...]:
    """The folders or prefixes into which a collection with these settings writes."""
    return (
        *(f"{settings.root}/{name}" for name in ("lake", "blobs", "vectors", "indexes", "checkpoints")),
        settings.quarantine_root,
    )


def _entries(path: Path) -> Mapping[str, Mapping[str, Any]]:
    import yaml  # type: ignore[import-untyped]

    form = "it must map names of collections to settings, as docs/operations.md shows"
    try:
        text = path.read_text("utf-8")
        node = yaml.compose(text, yaml.SafeLoader)
        entries = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        told = " ".join(str(error).split())
        raise UsageError(f"OCR_ASSETS_COLLECTIONS: {path} cannot be read: {told}") from error
    if entries is None:
        return {}
    if not isinstance(entries, dict):
        raise UsageError(f"OCR_ASSETS_COLLECTIONS: {path} is no mapping; {form}")
    _refuse_repeated(path, node)
    for name, overrides in entries.items():
        if not isinstance(name, str) or not name:
            raise UsageError(
                f"{path}: {name!r} cannot be the name of a collection; write a word that begins with a letter"
            )
        if overrides is not None and not isinstance(overrides, dict):
            raise UsageError(f"{path}, collection {name!r}: {overrides!r} are no settings; {form}")
    return {name: overrides or {} for name, overrides in entries.items()}


def _refuse_repeated(path: Path, node: Any) -> None:
    """YAML's reader takes the last of two equal keys, and says nothing."""
    for mapping in (node, *(value for _, value in node.value if value.id == "mapping")):
        seen: set[str] = set()
        for key, _ in mapping.value:
            if key.value in seen:
                raise UsageError(f"{path}, line {key.start_mark.line + 1}: {key.value!r} is there twice; remove one")
            seen.add(key.value)


def _settings(place: str, settings: Settings, collection: Collection, overrides: Mapping[str, Any]) -> Settings:
    own = Settings.model_fields.keys() - set(SHARED)
    for name in overrides:
        if name in SHARED:
            raise UsageError(
                f"{place}: {name!r} is the same for all collections; set OCR_ASSETS_{name.upper()} instead"
            )
        if name not in own:
            near = get_close_matches(str(name).lower().removeprefix("ocr_assets_"), own, 1)
            meant = f"do you mean {near[0]!r}?" if near else "they are those of .env.example, such as dpi"
            raise UsageError(f"{place}: {name!r} is no setting; {meant}")
    places = {
        "store": f"{settings.root}/{collection.name}",
        "quarantine": settings.quarantine and f"{settings.quarantine_root}_{collection.name}",
        "sources": "",
        "pinecone_namespace": f"{settings.pinecone_namespace}-{collection.name}".replace("_", "-"),
    }
    try:
        return Settings(**{**settings.model_dump(), **places, **overrides}, _env_file=None)
    except ValidationError as error:
        wrong = error.errors()[0]
        raise UsageError(f"{place}: {wrong['loc'][0]!r} is {wrong['input']!r}: {wrong['msg'].lower()}") from None


def _stores(settings: Settings) -> tuple[str, ...]:
    """The same by whatever way they are named, and where the vectors are if not there."""
    elsewhere = settings.vector_store == "pinecone"
    written = (place if "://" in place else os.path.realpath(place) for place in places_of(settings))
    return (*written, *([f"{settings.pinecone_index}/{settings.pinecone_namespace}"] if elsewhere else ()))


def _check_places(path: Path, found: Mapping[Collection, Settings]) -> None:
    """No collection writes where another one does: each would take the other's documents for superfluous."""
    for (one, first), (other, second) in combinations(found.items(), 2):
        for mine, theirs in product(_stores(first), _stores(second)):
            if f"{mine}/".startswith(f"{theirs}/") or f"{theirs}/".startswith(f"{mine}/"):
                raise UsageError(
                    f"{path}: the collections {one.told!r} and {other.told!r} would both write to {mine}; "
                    f"give {other.told!r} another store (and quarantine), or leave them out for those it has by default"
                )
