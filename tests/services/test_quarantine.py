"""Quarantine in a folder and on a real S3 server: what a case holds, and what a killed or repeated call leaves."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocr_assets.errors import TransientFault, UsageError
from resources.object_storage import open_store
from resources.quarantine import WHOLE_BYTES, Quarantine
from tests.conftest import Bucket

A = "a" * 64


@pytest.fixture(params=["folder", "s3"])
def quarantine(request: pytest.FixtureRequest, tmp_path: Path) -> Quarantine:
    if request.param == "folder":
        return Quarantine(root=str(tmp_path / "quarantine"))
    return Quarantine(root=request.getfixturevalue("bucket").uri("quarantine"))


def kept(quarantine: Quarantine) -> dict[str, bytes]:
    store = open_store(quarantine.root)
    return {item["path"]: bytes(store.get(item["path"]).bytes()) for listed in store.list() for item in listed}


def keep(quarantine: Quarantine, attempts: int = 1, data: Iterator[bytes] | None = None, source: str = "") -> str:
    sources = [source or "s3://b/in/Übung ß.pdf"]
    told = "the file cannot be opened"
    return quarantine.keep(A, sources=sources, reason="corrupt", detail=told, attempts=attempts, data=data)


def test_a_case_has_the_bytes_and_says_why(quarantine: Quarantine) -> None:
    assert keep(quarantine, 3, iter([b"by", b"tes"])) == f"{quarantine.root}/{A}"
    files = kept(quarantine)
    assert files.keys() == {f"{A}/why.json", f"{A}/Übung ß.pdf"}
    assert files[f"{A}/Übung ß.pdf"] == b"bytes"
    why = json.loads(files[f"{A}/why.json"])
    assert why.pop("first") == why.pop("last")
    assert why == {
        "name": A,
        "sources": ["s3://b/in/Übung ß.pdf"],
        "reason": "corrupt",
        "detail": "the file cannot be opened",
        "attempts": 3,
        "file": "Übung ß.pdf",
    }


def test_a_case_told_again_is_brought_up_to_date_and_its_bytes_are_left_alone(quarantine: Quarantine) -> None:
    keep(quarantine, 1, iter([b"bytes"]))
    before = quarantine.why(A) or {}

    def unwanted() -> Iterator[bytes]:
        raise AssertionError("read again")
        yield b""

    keep(quarantine, 2, unwanted())
    why = quarantine.why(A) or {}
    assert (why["attempts"], why["first"], why["file"]) == (2, before["first"], before["file"])
    assert kept(quarantine)[f"{A}/{why['file']}"] == b"bytes"


def test_bytes_that_could_not_be_had_at_first_are_added_later(quarantine: Quarantine) -> None:
    keep(quarantine, data=None)
    assert kept(quarantine).keys() == {f"{A}/why.json"}
    keep(quarantine, data=iter([b"bytes"]))
    assert kept(quarantine)[f"{A}/Übung ß.pdf"] == b"bytes"


@pytest.mark.parametrize("size", [0, 1, WHOLE_BYTES + 1])
def test_bytes_of_every_size_are_kept(quarantine: Quarantine, size: int) -> None:
    pieces = (b"x" * min(1 << 20, size - start) for start in range(0, size, 1 << 20))
    keep(quarantine, data=pieces)
    assert len(kept(quarantine)[f"{A}/Übung ß.pdf"]) == size


def test_a_source_that_fails_while_it_is_read_leaves_no_case_and_the_next_call_makes_it(quarantine: Quarantine) -> None:
    def broken() -> Iterator[bytes]:
        yield b"x" * (WHOLE_BYTES + 1)
        raise TransientFault("source_missing", "gone")

    with pytest.raises(TransientFault, match="gone"):
        keep(quarantine, data=broken())
    assert kept(quarantine) == {}
    keep(quarantine, data=iter([b"bytes"]))
    assert kept(quarantine)[f"{A}/Übung ß.pdf"] == b"bytes"


def test_a_kill_before_why_is_written_is_finished_by_the_next_call(
    quarantine: Quarantine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("resources.quarantine.json.dumps", killed)
        with pytest.raises(KeyboardInterrupt):
            keep(quarantine, data=iter([b"half", b"and more"]))
    assert quarantine.why(A) is None
    keep(quarantine, data=iter([b"bytes"]))
    assert kept(quarantine).keys() == {f"{A}/why.json", f"{A}/Übung ß.pdf"}
    assert kept(quarantine)[f"{A}/Übung ß.pdf"] == b"bytes"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("s3://b/in/..", "file"),
        ("s3://b/why.json", "_why.json"),
        ("s3://b/a\nb%41'\"#?.pdf", "a_b_41____.pdf"),
        ("s3://b/" + "ü" * 300 + ".pdf", "ü" * 58 + ".pdf"),
        ("file:///in/a%20b.pdf", "a b.pdf"),
        ("s3://b/no ending", "no ending"),
    ],
)
def test_a_file_with_an_odd_name_is_kept_under_a_plain_one(quarantine: Quarantine, source: str, name: str) -> None:
    keep(quarantine, data=iter([b"bytes"]), source=source)
    assert kept(quarantine).keys() == {f"{A}/why.json", f"{A}/{name}"}
    assert (quarantine.why(A) or {})["sources"] == [source]


def test_a_released_case_is_gone_and_others_stay(quarantine: Quarantine) -> None:
    keep(quarantine, data=iter([b"bytes"]))
    quarantine.keep("other", sources=[], reason="corrupt", detail="", attempts=1, data=[b"1"])
    assert quarantine.release(A)
    assert not quarantine.release(A)
    assert kept(quarantine).keys() == {"other/why.json", "other/other"}


def test_a_bucket_that_does_not_exist_is_an_error_of_the_operator(bucket: Bucket) -> None:
    with pytest.raises(UsageError, match="create the bucket"):
        keep(Quarantine(root=f"s3://{bucket.name}-other/quarantine"), data=iter([b"1"]))
