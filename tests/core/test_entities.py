"""Entities are found in three languages, in their places; what only looks like one is left alone."""

import subprocess
import sys

import pytest

from ocr_assets.core.entities import Entity, entities_of, summed_up

LETTER = """Müller & Söhne GmbH & Co. KG, Hauptstraße 12a, 10115 Berlin, Tel. +49 (0)30 123-4567
Geschäftsführer: Dr. Hans Meier, Eva Schmidt
Sehr geehrte Frau von Stein, die Rechnung Nr. 4711 vom 3.4.2024 über 1.234,56 € ist offen."""


def found(text: str, language: str | None = None) -> list[tuple[str, str]]:
    return [(entity.kind, entity.text) for entity in entities_of(text, language)]


def names(text: str, kind: str, language: str | None = None) -> list[str]:
    return [printed for one, printed in found(text, language) if one == kind]


def test_a_letter_tells_who_where_when_and_how_much() -> None:
    assert [(entity.kind, entity.text, entity.value) for entity in entities_of(LETTER, "de")] == [
        ("organisation", "Müller & Söhne GmbH & Co. KG", "Müller & Söhne GmbH & Co. KG"),
        ("address", "Hauptstraße 12a, 10115 Berlin", "Hauptstraße 12a, 10115 Berlin"),
        ("phone", "+49 (0)30 123-4567", "+49301234567"),
        ("person", "Hans Meier", "Hans Meier"),
        ("person", "Eva Schmidt", "Eva Schmidt"),
        ("person", "von Stein", "von Stein"),
        ("reference", "Rechnung Nr. 4711", "4711"),
        ("date", "3.4.2024", "2024-04-03"),
        ("amount", "1.234,56 €", "1234.56 EUR"),
    ]


@pytest.mark.parametrize("text", [LETTER, LETTER * 3, "😀 ist 5 € 😀 Apple Inc. 😀", "", "\n"])
def test_an_entity_stands_where_it_says_and_none_overlaps_another(text: str) -> None:
    end = 0
    for entity in entities_of(text):
        assert entity.start is not None
        assert entity.end is not None
        assert text[entity.start : entity.end] == entity.text
        assert end <= entity.start < entity.end
        end = entity.end


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("says Kathleen Kilpatrick, a special assistant", "Kathleen Kilpatrick"),
        ("Mr. John F. Kennedy spoke", "John F. Kennedy"),
        ("Mrs. Grose considered", "Grose"),
        ("/s/ Xandra Q. Okonkwo", "Xandra Q. Okonkwo"),
        ("Okwui Enwezor, Chief Executive Officer", "Okwui Enwezor"),
        ("Contact: Yuki Tanaka", "Yuki Tanaka"),
        ("Herr Prof. Dr. Huber lehrt", "Huber"),
        ("die schöne Maria von Burgund ihr reiches Erbe", "Maria von Burgund"),
        ("élu : Jean Queval Secrétaire", "Jean Queval"),
        ("signé par Jean DUPONT", "Jean DUPONT"),
        ("Contact Sarah Johnson NYC Metro", "Sarah Johnson"),
        ("by Deborah H. Elliot3, and others", "Deborah H. Elliot"),
    ],
)
def test_a_person_is_found_by_title_role_signature_or_given_name(text: str, name: str) -> None:
    assert names(text, "person") == [name]


def test_a_monsieur_is_one_in_french_only() -> None:
    assert names("le maire, M. Terquem, remercia", "person", "fr") == ["Terquem"]
    assert names("Lina M. Moses", "person", "en") == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("chairman of CIGNA Corp., never", "CIGNA Corp."),
        ("The Acme Widget Company Ltd. is", "Acme Widget Company Ltd."),
        ("5 Corgenix, Inc., Broomfield", "Corgenix, Inc."),
        ("die Deutsche Beispiel AG hat", "Deutsche Beispiel AG"),
        ("der Förderverein Altes Rathaus e.V. lädt", "Förderverein Altes Rathaus e.V."),
        ("la société Dupont S.A. vend", "Dupont S.A."),
        ("the University of Oxford and", "University of Oxford"),
        ("vom Bundesministerium der Finanzen", "Bundesministerium der Finanzen"),
        ("le Ministère de la Culture annonce", "Ministère de la Culture"),
        ("at Tulane University, New", "Tulane University"),
        ("sued by NASA in", "NASA"),
    ],
)
def test_an_organisation_is_found_by_form_head_or_name(text: str, name: str) -> None:
    assert names(text, "organisation") == [name]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("aus Österreich", "AT"),
        ("in the U.S. market", "US"),
        ("nach München fahren", "Munich"),
        ("a office in Springfield, IL 62704", "Springfield, IL 62704"),
        ("en Russie", "RU"),
    ],
)
def test_a_place_has_a_value(text: str, value: str) -> None:
    assert [entity.value for entity in entities_of(text) if entity.kind == "place"] == [value]


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("call (800) 555-1212 now", "8005551212"),
        ("Tél. 01 23 45 67 89", "0123456789"),
        ("Fax: 0049 89 1234567", "+49891234567"),
        ("+1 415 555 0199", "+14155550199"),
    ],
)
def test_a_phone_number_has_its_digits_as_value(text: str, phone: str) -> None:
    assert [entity.value for entity in entities_of(text) if entity.kind == "phone"] == [phone]


@pytest.mark.parametrize(
    "address",
    [
        "12 Main Street, Springfield, IL 62704",
        "221 Baker Street, London, NW1 6XE",
        "12, rue de la Paix, 75002 Paris",
        "Am Marktplatz 7",
        "Kaiser-Wilhelm-Straße 3",
    ],
)
def test_an_address_is_one_with_its_town(address: str) -> None:
    assert found(f"at {address}; then") == [("address", address)]


@pytest.mark.parametrize(
    "text",
    [
        "The Board of Directors met on Monday in the Conference Room.",
        "JAN FEB MAR APR MAY",
        "Paris Hilton and Berlin Wall",
        "except CY, CZ, LU, MT, SK",
        "Research Institute and Private Bank",
        "page 1234567 of 20240101 lines",
        "Der Vorstand hat im August Maßnahmen beschlossen.",
        "The Company shall, as of March, limited liability notwithstanding",
    ],
)
def test_what_only_looks_like_an_entity_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_a_document_has_each_entity_once_the_most_frequent_first() -> None:
    passages = [entities_of("Paris, Berlin"), entities_of("Berlin. Wien"), entities_of("Vienna, Wien")]
    assert summed_up(passages) == (
        Entity("place", "Wien", "Vienna", None, None),
        Entity("place", "Berlin", "Berlin", None, None),
        Entity("place", "Paris", "Paris", None, None),
    )


HOSTILE = ["A", "Aa ", "1 ", "Tel. ", "J. ", "12 Aa ", "Aa-", "A'", "+4"]


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_time_for_a_hostile_text_grows_with_its_length_only(piece: str) -> None:
    """A quadratic pattern would take minutes of processor time here; the kernel ends the process after some seconds."""
    program = (
        "import resource, sys\n"
        "from ocr_assets.core.entities import entities_of\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (20, 20))\n"
        "text = sys.argv[1] * 60_000 + '\\n\\nwrite to info@example.org'\n"
        "print([entity.text for entity in entities_of(text)][-1])\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, piece], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, "info@example.org\n"), ended.stderr
