"""What the asset says of a document and its passages, without any service."""

from pathlib import Path

from deltalake import write_deltalake

from ocr_assets.contracts import entities_json
from ocr_assets.enrichment import WHOLE_DOCUMENT
from ocr_assets.schemas import ENRICHMENT
from tests.enriching import enrich, metadata, rows_of
from tests.pipeline import pipeline

A, B = "a" * 64, "b" * 64
LETTER = "Müller Beispiel GmbH, Geschäftsführer: Hans Meier. Die Rechnung vom 3.4.2024 ist in Berlin zu bezahlen."
ANSWER = "Sehr geehrter Herr Meier, wir haben die Rechnung in Wien bezahlt, und Berlin weiß davon."


def test_entities_stand_in_their_passages_and_once_in_the_document(tmp_path: Path) -> None:
    with pipeline(tmp_path) as target:
        assert enrich(target, {A: [LETTER, ANSWER], B: []})
        rows, shown = rows_of(target, A), metadata(target, A)
        assert rows_of(target, B)[WHOLE_DOCUMENT]["entities"] == []
    for number, text in enumerate((LETTER, ANSWER)):
        assert [text[entity["start"] : entity["end"]] for entity in rows[number]["entities"]] == [
            entity["text"] for entity in rows[number]["entities"]
        ]
    assert [(entity["kind"], entity["value"]) for entity in rows[0]["entities"]] == [
        ("organisation", "Müller Beispiel GmbH"),
        ("person", "Hans Meier"),
        ("date", "2024-04-03"),
        ("place", "Berlin"),
    ]
    whole = rows[WHOLE_DOCUMENT]
    assert {entity["start"] for entity in whole["entities"]} == {None}
    assert sorted(entity["value"] for entity in whole["entities"] if entity["kind"] == "place") == ["Berlin", "Vienna"]
    assert {(row["enriched_by"], row["fallback"]) for row in rows.values()} == {("local", None)}
    assert shown["entities"] == "place 2, person 2, organisation 1, date 1"
    assert (shown["people"], shown["organisations"]) == ("Hans Meier, Meier", "Müller Beispiel GmbH")


def test_a_table_from_before_there_were_entities_is_read_and_gets_them(tmp_path: Path) -> None:
    with pipeline(tmp_path) as target:
        lake = target.part("lake")
        old = lake.frame(ENRICHMENT, [dict.fromkeys(ENRICHMENT.polars_schema()) | {"document": B, "chunk": 0}])
        write_deltalake(lake.uri("enrichment"), old.drop("entities", "enriched_by", "fallback"))
        assert enrich(target, {A: [LETTER]})
        assert rows_of(target, B)[0]["entities"] is None
        assert rows_of(target, A)[0]["enriched_by"] == "local"


def test_entities_are_in_the_json_of_a_document_and_of_one_page(tmp_path: Path) -> None:
    with pipeline(tmp_path) as target:
        assert enrich(target, {A: [LETTER, ANSWER]})
        lake = target.part("lake")
        whole, first = entities_json(lake, A), entities_json(lake, A, 1)
        assert entities_json(lake, A, 2) == entities_json(lake, B) == []
    assert whole[0] == {"kind": "place", "text": "Berlin", "value": "Berlin", "confidence": None}
    assert {(one["kind"], one["value"]) for one in whole} == {(one["kind"], one["value"]) for one in first}
    assert len(first) == len(whole) == 6
