"""`check-model`: a question with a known answer to each model that is configured."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from rich.markup import escape

from ocr_assets.cli.printing import show, table_of
from ocr_assets.cli.session import Session
from ocr_assets.errors import OcrAssetsError, UsageError
from resources.model_checking import check_answers, check_embedder, check_text_model
from resources.vision.checking import Checked, check_model

CHECKS: Final[dict[str, tuple[str, Callable[[Any], list[Checked]]]]] = {
    "vision": ("vision", check_model),
    "classifier": ("classifier", lambda model: [check_text_model(model)]),
    "extractor": ("extractor", lambda model: [check_text_model(model)]),
    "answers": ("answer_model", lambda model: [check_answers(model)]),
    "embedder": ("embedder", lambda embedder: [check_embedder(embedder)]),
}
"""By role: the resource, and what asks it."""


def check_models(session: Session, roles: Sequence[str]) -> list[dict[str, Any]]:
    """What came of the questions to the models of these roles, by default of all that have one.

    Raises UsageError for an unknown role, and where the only model cannot be asked; among several that is a problem.
    """
    if unknown := [role for role in roles if role not in CHECKS]:
        raise UsageError(f"there is no model {unknown[0]!r} to check; there are {', '.join(CHECKS)}")
    models = {role: session.part(name) for role, (name, _) in CHECKS.items()}
    wanted = list(dict.fromkeys(roles)) or [role for role, model in models.items() if model.model]
    checked = list[Checked]()
    for role in wanted:
        try:
            checked += CHECKS[role][1](models[role])
        except OcrAssetsError as error:
            if len(wanted) == 1:
                raise
            checked.append(Checked(role, str(error), "", 0, 0, 0, 0.0, 0.0))
    return [asdict(one) for one in checked]


def told(checked: Sequence[Mapping[str, Any]], as_json: bool) -> int:
    """What models made of their questions; how many of them have a problem."""
    if as_json:
        print(json.dumps(checked, ensure_ascii=False))
    else:
        table = table_of("asked", "result", "requests", "tokens in", "tokens out", "cost", "seconds")
        for one in checked:
            result = (
                f"[red]{escape(one['problem'])}[/]" if one["problem"] else escape(" ".join(one["answer"].split())[:80])
            )
            figures = (one[name] for name in ("requests", "input_tokens", "output_tokens", "cost", "seconds"))
            table.add_row(one["what"], result, *map(str, figures))
        show(table, len(checked))
    return sum(bool(one["problem"]) for one in checked)
