"""Filters of a search as Pinecone has them."""

from resources.pinecone_records import condition
from resources.vector_store import ANYTHING, Filters


def test_nothing_is_asked_where_everything_is_allowed() -> None:
    assert condition(None, ANYTHING) == {}


def test_every_filter_is_a_condition_on_the_metadata() -> None:
    filters = Filters(("lease",), ("en", "de"), ("table",), 20240131, 20241231, 3, 7)
    assert condition(["a"], filters) == {
        "document": {"$in": ["a"]},
        "document_class": {"$in": ["lease"]},
        "language": {"$in": ["en", "de"]},
        "kind": {"$in": ["table"]},
        "date": {"$gte": 20240131, "$lte": 20241231},
        "page_end": {"$gte": 3},
        "page_start": {"$lte": 7},
    }


def test_documents_without_a_date_are_left_out_where_only_the_end_is_bounded() -> None:
    assert condition(None, Filters(until=20241231)) == {"date": {"$gte": 1, "$lte": 20241231}}
