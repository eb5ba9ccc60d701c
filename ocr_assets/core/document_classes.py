"""The classes that documents can have, as an operator writes them down: descriptions, words, fields and rules."""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ocr_assets.core.field_rules import Rule, parse_rules
from ocr_assets.core.field_schema import Node, SchemaError, parse_schema
from ocr_assets.errors import UsageError

UNKNOWN: Final = "unknown"
DEFAULT_CLASSES: Final = Path(__file__).parent.parent / "document_classes.yaml"
SHIPPED: Final = {"banking": Path(__file__).parent.parent / "banking_classes" / "classes.yaml"}
"""Further sets of classes that come with the package, by name."""
_KEYS: Final = ("description", "words", "schema", "rules")


@dataclass(frozen=True, slots=True)
class DocumentClass:
    """`description` tells a model what it is, `words` speak for it; `fields` are filled, `rules` hold between them."""

    label: str
    description: str = ""
    words: tuple[str, ...] = ()
    fields: Node | None = None
    rules: tuple[Rule, ...] = ()


Classes = Mapping[str, DocumentClass]


def classes_path(setting: str | None) -> Path:
    """The file that the setting means: a path, the name of a shipped set, or nothing for the default."""
    return SHIPPED.get(setting) or Path(setting) if setting else DEFAULT_CLASSES


def read_classes(path: Path = DEFAULT_CLASSES) -> Classes:
    """The classes of a YAML file, by label. Raises UsageError, which names file, label and fix."""
    import yaml  # type: ignore[import-untyped]

    try:
        text = path.read_text("utf-8")
        told = yaml.safe_load(text)
        keys = [key.value for key, _ in yaml.compose(text).value] if isinstance(told, dict) else []
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise UsageError(f"document classes cannot be read from {path}: {error}") from error
    if not isinstance(told, dict) or not told:
        raise UsageError(f"{path} must map each label to what is known of the class, as {DEFAULT_CLASSES.name} does")
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise UsageError(f"{path} has the class {twice[0]} twice; join them")
    classes = {label: _class(label, value, path) for label, value in told.items()}
    folded = [label.casefold() for label in classes]
    if alike := [label for label in classes if folded.count(label.casefold()) > 1]:
        raise UsageError(f"{path} has the classes {' and '.join(alike[:2])}, which models take for one; join them")
    return classes


def contents(path: Path) -> str:
    """What the file says, with the schemas that it names: what results depend on. Faults are for `read_classes`."""
    import yaml

    said: list[str] = []
    with contextlib.suppress(OSError, ValueError, RecursionError, yaml.YAMLError):
        said.append(path.read_text("utf-8", "replace"))
        told = yaml.safe_load(said[0])
        for value in told.values() if isinstance(told, dict) else ():
            named = value.get("schema") if isinstance(value, dict) else None
            if isinstance(named, str):
                said.append((path.parent / named).read_text("utf-8", "replace"))
    return "\0".join(said)


def _class(label: Any, told: Any, path: Path) -> DocumentClass:
    at = f"{path}, class {label}"
    if not isinstance(label, str) or not label.strip():
        raise UsageError(f"{at}: a label is a text; put it into quotes")
    if label.casefold() == UNKNOWN:
        raise UsageError(f"{at}: that is what a document is called that fits none; name the class otherwise")
    if isinstance(told, list):
        told = {"words": told}
    if not isinstance(told, dict):
        raise UsageError(f"{at}: write a list of words, or description and words below it")
    if unknown := [key for key in told if key not in _KEYS]:
        raise UsageError(f"{at}: {unknown[0]!r} is not known; a class has {', '.join(_KEYS)}")
    description, words = told.get("description") or "", told.get("words") or []
    if not isinstance(description, str):
        raise UsageError(f"{at}: its description must be a text")
    if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
        wrong = next((word for word in words if not isinstance(word, str)), words) if words else words
        raise UsageError(f"{at}: words must be a list of texts, and {wrong!r} is none; put it into quotes")
    if not description and not words:
        raise UsageError(f"{at}: it has neither description nor words, so nothing tells it; add one")
    try:
        fields = parse_schema(_schema(told["schema"], path)) if told.get("schema") is not None else None
        rules = parse_rules(told.get("rules") or [], fields)
    except SchemaError as error:
        raise UsageError(f"{at}: {error}") from error
    return DocumentClass(label, " ".join(description.split()), tuple(words), fields, rules)


def _schema(told: Any, path: Path) -> Any:
    """The schema itself, or that of the file beside the YAML that it names."""
    if not isinstance(told, str):
        return told
    try:
        return json.loads((path.parent / told).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SchemaError(f"its schema {told} cannot be read: {error}; it is to lie beside the YAML file") from error
