"""`search`: filters, pages with the passage marked, answers that cite; and the same for programs."""

from importlib.resources import files
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

import ocr_assets
from ocr_assets import Filters, search
from ocr_assets.cli.searching import told
from ocr_assets.core.marked_passages import MARKER
from ocr_assets.searching import Found
from tests.cli.conftest import Home
from tests.services.answer_server import KEY, MODEL, AnswerServer

LEASE = "When does the lease end?"


def documents(home: Home, *options: str) -> set[str]:
    return {hit["document"] for hit in home("search", LEASE, "-k", "50", *options, "--json").json}


def test_filters_leave_only_what_passes_them(home: Home) -> None:
    lease, table, receipt = (home.document(name) for name in ("two pages.pdf", "table.pdf", "receipt.pdf"))
    assert {lease, table, receipt} <= documents(home)
    assert documents(home, "--document", home.file("two pages.pdf")) == {lease}
    assert documents(home, "--source", home.file("two pages.pdf"), "--source", home.file("table.pdf")) == {lease, table}
    assert documents(home, "--source", str(home.files)) == documents(home)
    assert documents(home, "--source", str(home.files)[:-1]) == set()
    assert documents(home, "--kind", "table") == {table}
    assert documents(home, "--pages", "2") == {lease}
    assert documents(home, "--class", "receipt", "--class", "invoice") == {receipt}
    assert documents(home, "--language", "xx") == set()
    assert receipt in documents(home, "--since", "2020-01-01") <= documents(home)
    assert documents(home, "--until", "1900-01-01") == set()


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--kind", "picture", "text, table, figure"),
        ("--since", "yesterday", "2024-01-31"),
        ("--pages", "7-3", "3-7"),
        ("--pages", "-3", "3-7"),
        ("--document", "nothing", "no document"),
    ],
)
def test_a_filter_that_makes_no_sense_is_told_of(home: Home, option: str, value: str, told: str) -> None:
    answer = home("search", LEASE, f"{option}={value}")
    assert (answer.code, answer.out) == (1, "")
    assert told in answer.err


def test_what_finds_nothing_says_why(home: Home, tmp_path: Path) -> None:
    assert "no document was seen at" in home("search", LEASE, "--source", str(tmp_path / "it's")).out
    assert "the question is empty" in home("search", "  ").err
    assert home("search", LEASE, "--source", str(tmp_path), "--json").json == []


def test_an_operator_says_what_documents_say_for_what_is_asked(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.yaml").write_text("- {asked: [tenancy], said: [lease]}")
    assert home("search", "tenancy", "--mode", "text", "--json").json == []
    monkeypatch.setenv("OCR_ASSETS_QUESTION_TERMS", f"accounting,{tmp_path / 'own.yaml'}")
    for mode in ("text", "vector", "hybrid"):
        best, *_ = home("search", "tenancy", "--mode", mode, "--json").json
        assert best["document"] == home.document("two pages.pdf")
    (tmp_path / "own.yaml").write_text("- tenancy")
    refused = home("search", "tenancy")
    assert (refused.code, "own.yaml, entry 1" in refused.err.replace("\n", "")) == (1, True)


@pytest.mark.parametrize(
    "query", ['"half a (quote AND OR NOT * ~ ^', "'; DROP TABLE x; --", "word " * 5_000, "\x00%s{}"]
)
def test_no_question_is_an_operator(home: Home, query: str) -> None:
    assert home("search", query, "-k", "1").code == 0


@pytest.mark.parametrize(
    ("text", "path"),
    [("What is free?\n\nA towel.", "Gym"), ("A towel.", "Gym > What is free?")],
)
def test_a_passages_own_heading_is_printed_once(capsys: pytest.CaptureFixture[str], text: str, path: str) -> None:
    found = Found("d" * 64, 0, ("file:///gym.pdf",), ("Gym", "What is free?"), 1, 1, (), "text", 2.0, text)
    told([found], None, as_json=False)
    assert capsys.readouterr().out == f"1. gym.pdf  p. 1  2.000  {'d' * 12}\n{path}\n{text}\n\n"


def test_show_writes_the_pages_with_the_passage_marked(home: Home, tmp_path: Path) -> None:
    answer = home("search", LEASE, "-k", "1", "--show", str(tmp_path / "new"))
    name = home.document("two pages.pdf")[:12]
    first, second = (tmp_path / "new" / f"1-{name}-p{page}.png" for page in (1, 2))
    assert answer.err.splitlines() == [str(first), str(second)]
    with Image.open(first) as page:
        colours = {colour for _, colour in page.getcolors(1 << 24)}
        assert MARKER in colours
        assert page.getpixel((5, 5)) == (255, 255, 255)


def test_an_answer_cites_passages_that_are_printed_with_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with AnswerServer().running() as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OCR_ASSETS_ANSWER_URL", server.base_url)
        monkeypatch.setenv("OCR_ASSETS_ANSWER_MODEL", MODEL)
        told = home("search", LEASE, "-k", "2", "--answer", "--json").json
        assert told["answer"] == "The lease ends in March. [1]"
        assert (told["cited"], len(told["passages"])) == ([1], 2)
        assert home("search", LEASE, "--answer").out.startswith("The lease ends in March. [1]\n\n1. two pages.pdf")
        asked = len(server.requests)
        assert home("search", "qqqxyz", "--mode", "text", "--answer", "--json").json["passages"] == []
        assert len(server.requests) == asked


def test_without_a_model_an_answer_is_refused(home: Home) -> None:
    answer = home("search", LEASE, "--answer")
    assert answer.code == 1
    assert "OCR_ASSETS_ANSWER_MODEL" in answer.err


def test_programs_search_as_people_do(home: Home) -> None:
    best, *_ = search(LEASE, home=home.path)
    assert (best.document, best.pages, best.kind) == (home.document("two pages.pdf"), "pp. 1-2", "text")
    assert best.source == Path(home.file("two pages.pdf")).as_uri()
    assert {page for page, _ in best.boxes} == {1, 2}
    assert all(0 <= edge <= 1 for _, box in best.boxes for edge in box)
    assert search(LEASE, home=home.path, filters=Filters(first_page=9)) == []
    assert search(LEASE, home=home.path, sources=["s3://elsewhere/"]) == []
    pages = dict(ocr_assets.Searcher.open(home.path).shown(best))
    assert Image.open(BytesIO(pages[2])).format == "PNG"


def test_the_package_offers_what_it_names_and_nothing_else() -> None:
    assert all(hasattr(ocr_assets, name) for name in ocr_assets.__all__)
    # Without these, type checkers take nothing of what the package says of its types.
    assert all(files(package).joinpath("py.typed").is_file() for package in ("ocr_assets", "resources"))
    with pytest.raises(AttributeError, match="elsewhere"):
        ocr_assets.elsewhere  # noqa: B018
