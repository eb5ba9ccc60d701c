"""Who signed a form and when, as far as the file says."""

from pathlib import Path
from random import Random

import pytest

from ocr_assets.core.forms import form_fields
from ocr_assets.core.pdf import close_last_pdf, pdf_page
from ocr_assets.core.signers import signer_name
from tests.form_making import signature, write_form
from tests.pdf_making import text

LEFT, RIGHT = (72, 300, 250, 350), (320, 300, 500, 350)


def der(tag: int, *values: bytes) -> bytes:
    value = b"".join(values)
    length = bytes([len(value)]) if len(value) < 128 else b"\x82" + len(value).to_bytes(2, "big")
    return bytes([tag]) + length + value


def name(common: str) -> bytes:
    return der(0x30, der(0x31, der(0x30, b"\x06\x03\x55\x04\x03", der(0x0C, common.encode()))))


def certificate(serial: int, subject: str) -> bytes:
    version, number, algorithm, time = der(0xA0, der(2, b"\2")), der(2, bytes([serial])), der(0x30), der(0x30)
    return der(0x30, der(0x30, version, number, algorithm, name("The Authority"), time, name(subject)))


def message(signer: int, *subjects: str) -> bytes:
    """A PKCS #7 message with a certificate for each subject, signed with that of this serial number."""
    certificates = der(0xA0, *(certificate(serial, subject) for serial, subject in enumerate(subjects, 1)))
    info = der(0x30, der(2, b"\1"), der(0x30, name("The Authority"), der(2, bytes([signer]))))
    data = der(0x30, der(2, b"\1"), der(0x31), der(0x30), certificates, der(0x31, info))
    return der(0x30, b"\x06\x01\x2a", der(0xA0, data)) + bytes(40)


def values(folder: Path, *fields: bytes) -> list[str]:
    with pdf_page(write_form(folder / "form.pdf", text("Agreed:"), fields), 1) as page:
        found = [field.value for field in form_fields(page)]
    close_last_pdf()
    return found


def test_the_name_is_that_of_the_signer_and_not_of_who_vouches_for_it() -> None:
    assert signer_name(message(2, "The Authority", "Ada Lovelace", "Somebody Else")) == "Ada Lovelace"


@pytest.mark.parametrize(
    "contents", [b"", b"\0", b"\x30\x84\xff", b"\x30\x80\0\0", message(7, "Ada"), message(1, "Ada")[:60]]
)
def test_a_message_that_says_nothing_names_nobody(contents: bytes) -> None:
    assert signer_name(contents) == ""


def test_no_message_however_broken_is_more_than_nameless() -> None:
    random, whole = Random(4), message(2, "The Authority", "Ada Lovelace")
    for _ in range(3_000):
        broken = bytearray(whole[: random.randrange(1, len(whole))])
        for _ in range(random.randrange(3)):
            broken[random.randrange(len(broken))] = random.randrange(256)
        assert isinstance(signer_name(bytes(broken)), str)


def test_signer_and_day_are_kept_with_the_field_as_far_as_they_are_stated(tmp_path: Path) -> None:
    ada, alan = message(1, "Ada Lovelace"), message(1, "Alan Turing")
    assert values(tmp_path, signature("a", True, LEFT, ada, "20240301"), signature("b", False, RIGHT)) == [
        "[signed by Ada Lovelace, 2024-03-01]", ""
    ]  # fmt: skip
    assert values(tmp_path, signature("a", True, LEFT, ada), signature("b", True, RIGHT, alan, "20240302")) == [
        "[signed by Ada Lovelace]", "[signed by Alan Turing, 2024-03-02]"
    ]  # fmt: skip
    assert values(tmp_path, signature("a", True, LEFT)) == ["[signed]"]
