"""Sources on a real S3 server: listing, odd names, checksums, and listings that fail."""

import hashlib
import io

import pytest
from botocore.exceptions import ClientError

from ocr_assets.errors import TransientFault, UsageError
from resources import s3_objects
from resources.object_storage import open_store
from resources.sources import SeenFile, Sources, file_name
from tests.conftest import Bucket
from tests.services.s3_server import free_ports

ODD_NAMES = ("a b.pdf", "a+b.pdf", "a%20b.pdf", "100%.pdf", "Übung ß.pdf", "no#1?.pdf", "a&b=c.pdf", "q'uo\"te.pdf")


def test_more_keys_than_one_answer_holds_are_all_listed(bucket: Bucket) -> None:
    store = open_store(bucket.uri("in"))
    for number in range(1_005):
        store.put(f"{number:04}.pdf", b"")
    assert sum(1 for _ in Sources().list(bucket.uri("in/"))) == 1_005


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_file_with_an_odd_name_is_listed_read_and_named_again(bucket: Bucket, name: str) -> None:
    bucket.put(f"in/{name}", name.encode())
    sources = Sources()
    (seen,) = sources.list(bucket.uri("in/"))
    assert seen.uri == bucket.uri(f"in/{name}")
    assert file_name(seen.uri) == name
    copy = io.BytesIO()
    assert sources.save(seen.uri, copy) == sources.identify(seen) == hashlib.sha256(name.encode()).hexdigest()
    assert copy.getvalue() == name.encode()
    assert list(sources.list(seen.uri)) == [seen]


def test_folders_and_other_kinds_of_files_are_left_out_and_empty_files_are_not(bucket: Bucket) -> None:
    for key in ("in/", "in/deep/", "in/notes.docx", "in/deep/empty.pdf", "in/SCAN.TIFF", "elsewhere.pdf"):
        bucket.put(key)
    assert [seen.uri for seen in Sources().list(bucket.uri("in/"))] == [
        bucket.uri("in/SCAN.TIFF"),
        bucket.uri("in/deep/empty.pdf"),
    ]


def test_a_file_that_is_named_is_taken_alone_and_whatever_its_name(bucket: Bucket) -> None:
    bucket.put("in/report", b"1")
    bucket.put("in/report-2.pdf", b"2")
    assert [seen.uri for seen in Sources().list(bucket.uri("in/report"))] == [bucket.uri("in/report")]


def test_a_rewritten_file_has_another_version(bucket: Bucket) -> None:
    versions = []
    for data in (b"first", b"other"):
        bucket.put("a.pdf", data)
        versions += [seen.version for seen in Sources().list(bucket.uri())]
    assert versions[0] != versions[1]


def test_a_full_checksum_names_the_document_without_its_bytes_being_read(bucket: Bucket) -> None:
    bucket.put("a.pdf", b"content", ChecksumAlgorithm="SHA256")
    read: list[str] = []
    sources = Sources()
    sources.s3.client.meta.events.register("before-call.s3.GetObject", lambda **_: read.append("a.pdf"))
    seen = next(iter(sources.list(bucket.uri())))
    assert sources.identify(seen) == hashlib.sha256(b"content").hexdigest()
    assert read == []
    sources.save(seen.uri, io.BytesIO())
    assert read == ["a.pdf"]


def test_a_file_uploaded_in_parts_is_named_by_its_whole_content(bucket: Bucket) -> None:
    parts = [b"a" * (5 << 20), b"b" * 100]
    target = {"Bucket": bucket.name, "Key": "a.pdf"}
    upload = bucket.client.create_multipart_upload(**target, ChecksumAlgorithm="SHA256")["UploadId"]
    done = []
    for number, data in enumerate(parts, start=1):
        answer = bucket.client.upload_part(
            **target, UploadId=upload, PartNumber=number, Body=data, ChecksumAlgorithm="SHA256"
        )
        done.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": answer["ChecksumSHA256"]})
    bucket.client.complete_multipart_upload(**target, UploadId=upload, MultipartUpload={"Parts": done})
    (seen,) = Sources().list(bucket.uri())
    assert "-" in seen.version
    assert Sources().identify(seen) == hashlib.sha256(b"".join(parts)).hexdigest()


def test_a_prefix_without_files_is_empty(bucket: Bucket) -> None:
    assert list(Sources().list(bucket.uri("nothing/"))) == []


def test_a_bucket_that_does_not_exist_is_an_error_and_no_empty_listing(bucket: Bucket) -> None:
    with pytest.raises(UsageError, match=f"{bucket.name}-other cannot be listed"):
        list(Sources().list(f"s3://{bucket.name}-other"))


def test_a_wrong_key_is_an_error_of_the_operator(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "another-key")
    with pytest.raises(UsageError, match="AWS settings"):
        list(Sources().list(bucket.uri()))


def test_a_server_that_does_not_answer_is_a_fault_that_may_pass(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_ports(1)[0]}")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(TransientFault, match="cannot be listed now"):
        list(Sources().list(bucket.uri()))


def test_a_file_that_went_since_it_was_listed_is_a_fault_that_may_pass(bucket: Bucket) -> None:
    gone = SeenFile(bucket.uri("gone.pdf"), 1, "1")
    with pytest.raises(TransientFault, match="source_missing"):
        Sources().identify(gone)
    with pytest.raises(TransientFault, match="source_missing"):
        Sources().save(gone.uri, io.BytesIO())


@pytest.mark.parametrize(
    ("operation", "code", "message", "right"),
    [
        ("GetObject", "AccessDenied", "Access Denied", "s3:GetObject"),
        ("HeadObject", "403", "Forbidden", "s3:GetObject on it, or it is not there"),
        (
            "GetObject",
            "AccessDenied",
            "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: kms:Decrypt on the resource",
            "kms:Decrypt",
        ),
    ],
)
def test_a_right_that_is_missing_is_named_and_nothing_of_who_asked(
    operation: str, code: str, message: str, right: str
) -> None:
    with pytest.raises(TransientFault) as told, s3_objects._reading("s3://bucket/a.pdf"):
        raise ClientError({"Error": {"Code": code, "Message": message}}, operation)
    assert told.value.reason == "source_denied"
    assert f"s3://bucket/a.pdf cannot be read: the AWS credentials lack {right}" in told.value.detail
    assert "123456789012" not in told.value.detail
