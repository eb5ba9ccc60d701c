"""Which fault an exception is: the document's, the world's around it, or a defect of this program: told here only."""

import traceback
from pathlib import Path

from ocr_assets.core.valid_reading import valid_text
from ocr_assets.errors import DocumentFault, PermanentFault, TransientFault
from resources.disk_room import is_full_disk
from resources.secrets import redact

_TOLD = 500  # characters of an error's message, which may hold a whole file
_STORES = ("obstore", "deltalake", "lancedb", "botocore", "urllib3", "pinecone", "sqlite3")


def fault_of(error: Exception) -> DocumentFault:
    """The fault that costs the document at hand, and no other, when this exception met it.

    A parser's complaint means that the bytes make no sense: permanent. A store or disk that did not answer says nothing
    of the document: transient. Anything else is a defect of this program: permanent until that is mended.
    """
    from pypdfium2 import PdfiumError

    if isinstance(error, DocumentFault):
        return error
    told = valid_text(redact(f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}")[:_TOLD])
    if is_full_disk(error):
        return TransientFault("service_unavailable", f"{told}; make room on the disk")
    if isinstance(error, (PdfiumError, EOFError)):
        return PermanentFault("corrupt", f"{told}; repair the file or get it again")
    if isinstance(error, OSError) or type(error).__module__.split(".")[0] in _STORES:
        return TransientFault(
            "service_unavailable", f"{told}; check the store, its credentials and the free disk space"
        )
    at = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(at.filename).name}:{at.lineno} in {at.name}"
    return PermanentFault("internal_error", f"{told} ({place}); a defect of this program, please report it")
