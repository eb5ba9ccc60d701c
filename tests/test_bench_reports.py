"""What counts as a question of an annual report's set, and which half it is in."""

import json
from pathlib import Path

import pytest

from bench.reports import Asked, asked, halves, pages_of, words_of
from tests.pdf_making import text, write_pdf


def question(number: int, words: str, page: int, document: str = "HATS_2022") -> str:
    evidence = [{"evidence_text": words, "evidence_page_num": page}]
    asks = {"financebench_id": f"n{number}", "company": "Hats", "doc_name": document, "question": "How many?"}
    return json.dumps(asks | {"evidence": evidence})


def test_questions_count_whose_document_is_there_and_whose_evidence_is_on_its_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pdf(tmp_path / "hats.pdf", text("Cover"), text("Hats sold in 2022: 41,000"))
    lines = [
        question(1, "hats sold\n2022", 1),
        question(2, "hats sold\n2022", 0),
        question(3, "hats sold\n2022", 7),
        question(4, "hats sold", 1, "GLOVES_2022"),
    ]
    (tmp_path / "questions.jsonl").write_text("\n".join(lines))
    texts = {"hash": [words_of(page) for page in pages_of(tmp_path / "hats.pdf")]}
    (found,) = asked(tmp_path, {"HATS_2022": "hash"}, texts)
    assert [(one.document, one.first, one.last) for one in found.evidence] == [("hash", 2, 3)]
    assert capsys.readouterr().out.count("left out: ") == 2


def test_all_questions_of_a_company_are_in_one_half_and_a_half_without_any_is_left_out() -> None:
    companies = ("Boeing", "Amcor", "boeing", "AMCOR")
    found = halves([Asked("", company, "", ()) for company in companies])
    assert {name: {one.company.lower() for one in half} for name, half in found.items()} == {
        "Tuned on": {"boeing"},
        "Held out": {"amcor"},
    }
    assert list(halves([Asked("", "Boeing", "", ())])) == ["Tuned on"]
