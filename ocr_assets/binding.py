"""One body for every collection: a function names what it needs, and each collection binds it to resources of its own.

Dagster knows one resource of a name in a code location, so those of a collection bear its name. A body's first
parameter is Dagster's context, each further one the name of a resource.
"""

import inspect
from collections.abc import Callable
from typing import Any

from ocr_assets.core.collection import Collection


def needs(body: Callable[..., Any], collection: Collection) -> set[str]:
    """The resource keys of what the body needs in that collection."""
    return {collection.named(name) for name in _names(body)}


def bound(body: Callable[..., Any], collection: Collection) -> Callable[[Any], Any]:
    """The body with the collection's resources, as a function of the context alone."""
    keys = {name: collection.named(name) for name in _names(body)}

    def run(context: Any) -> Any:
        return body(context, **{name: getattr(context.resources, key) for name, key in keys.items()})

    run.__name__ = body.__name__
    run.__doc__ = body.__doc__
    # Dagster tells by them whether an asset has an output to store.
    run.__annotations__ = {name: body.__annotations__[name] for name in {"return"} & body.__annotations__.keys()}
    return run


def _names(body: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(body).parameters)[1:]
