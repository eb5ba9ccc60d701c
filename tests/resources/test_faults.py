"""Which fault an exception is."""

import pytest
from obstore.exceptions import GenericError
from pypdfium2 import PdfiumError

from ocr_assets.errors import PermanentFault, TransientFault
from resources.faults import fault_of


def test_a_fault_stays_the_fault_it_is() -> None:
    fault = PermanentFault("corrupt", "cut off")
    assert fault_of(fault) is fault


def test_a_parsers_complaint_is_a_corrupt_document() -> None:
    assert fault_of(PdfiumError("Failed to load page.")).reason == "corrupt"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ConnectionResetError(), GenericError("503")])
def test_a_store_that_does_not_answer_is_no_fault_of_the_document(error: Exception) -> None:
    fault = fault_of(error)
    assert isinstance(fault, TransientFault)
    assert fault.reason == "service_unavailable"


def test_a_defect_says_where_it_is() -> None:
    try:
        [][0]
    except IndexError as error:
        fault = fault_of(error)
    assert isinstance(fault, PermanentFault)
    assert fault.reason == "internal_error"
    assert "test_faults.py:" in fault.detail
