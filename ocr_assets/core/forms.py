"""The fields of a PDF's form (AcroForm) as a page shows them: what was typed, ticked, chosen and signed.

Forms in XFA, Adobe's discontinued kind, are programs that draw their own pages: PDFium does not run them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ocr_assets.core.glyphs import to_upright
from ocr_assets.core.pages import Box, FieldKind, FormField
from ocr_assets.core.signers import signers
from ocr_assets.core.text_layer import without_controls

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

ON: Final = "\u2612"  # ballot box with x
OFF: Final = "\u2610"  # ballot box
SIGNED: Final = "[signed]"
XFA: Final = "an XFA form, which only Adobe's programs fill in and show: print it to a PDF there"
"""Why a person should look at the page of a document that is nothing but such a form."""

_MOST: Final = 5_000  # fields of a page, looked at
_UNSEEN: Final = 0x02 | 0x20  # annotation flags: hidden, no view
_PASSWORD: Final = 1 << 13  # field flag


def is_xfa(page: PdfPage) -> bool:
    """Whether the document is an XFA form without pages of its own; one that has fields of both kinds is none."""
    from pypdfium2 import raw

    return bool(raw.FPDF_GetFormType(page.pdf) == raw.FORMTYPE_XFA_FULL)


def form_fields(page: PdfPage) -> tuple[FormField, ...]:
    """The visible fields of a page in the order of the file, empty ones too; buttons that only do something are none.

    Boxes are in the frame of the rendered page. What is typed into a password's field is left out.
    """
    if page.formenv is None:
        return ()
    fields = list(_fields(page))
    places = [place for place, field in enumerate(fields) if field.kind == "signature"]
    if any(fields[place].value for place in places):
        for place, account in zip(places, signers(page.pdf, [bool(fields[p].value) for p in places]), strict=True):
            if account:
                fields[place] = replace(fields[place], value=f"{SIGNED[:-1]} {account}]")
    return tuple(fields)


def _fields(page: PdfPage) -> Iterator[FormField]:
    from pypdfium2 import raw

    upright = to_upright(page)
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            rect = raw.FS_RECTF()
            if raw.FPDFAnnot_GetSubtype(annotation) != raw.FPDF_ANNOT_WIDGET or is_unseen(annotation):
                continue
            if raw.FPDFAnnot_GetRect(annotation, rect):
                field = _field(page.formenv, annotation, upright((rect.left, rect.bottom, rect.right, rect.top)))
                if field:
                    yield field
        finally:
            raw.FPDFPage_CloseAnnot(annotation)


def is_unseen(annotation: Any) -> bool:
    """Whether an annotation is not to be shown."""
    from pypdfium2 import raw

    return bool(raw.FPDFAnnot_GetFlags(annotation) & _UNSEEN)


def clipped(box: Box) -> Box | None:
    """What of the box lies on the page."""
    inside = Box(max(0.0, box.x0), max(0.0, box.y0), min(1.0, box.x1), min(1.0, box.y1))
    return inside if inside.x0 < inside.x1 and inside.y0 < inside.y1 else None


def _field(form: Any, annotation: Any, box: Box) -> FormField | None:
    """None where it lies outside of the page, or is no field with a value."""
    from pypdfium2 import raw

    kinds: dict[int, FieldKind] = {
        raw.FPDF_FORMFIELD_TEXTFIELD: "text",
        raw.FPDF_FORMFIELD_CHECKBOX: "checkbox",
        raw.FPDF_FORMFIELD_RADIOBUTTON: "radio",
        raw.FPDF_FORMFIELD_COMBOBOX: "choice",
        raw.FPDF_FORMFIELD_LISTBOX: "choice",
        raw.FPDF_FORMFIELD_SIGNATURE: "signature",
    }
    kind, inside = kinds.get(raw.FPDFAnnot_GetFormFieldType(form, annotation)), clipped(box)
    if kind is None or inside is None:
        return None
    name = text_from(raw.FPDFAnnot_GetFormFieldName, form, annotation)
    label = text_from(raw.FPDFAnnot_GetFormFieldAlternateName, form, annotation)
    if kind == "radio" and not label:
        label = text_from(raw.FPDFAnnot_GetFormFieldExportValue, form, annotation)
    return FormField(kind, name, label, _value(kind, form, annotation), inside)


def _value(kind: FieldKind, form: Any, annotation: Any) -> str:
    from pypdfium2 import raw

    if kind in ("checkbox", "radio"):
        return ON if raw.FPDFAnnot_IsChecked(form, annotation) else OFF
    if kind == "signature":
        return SIGNED if raw.FPDFAnnot_HasKey(annotation, b"V") else ""
    if kind == "choice":
        return ", ".join(_chosen(form, annotation)) or text_from(raw.FPDFAnnot_GetFormFieldValue, form, annotation)
    if raw.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD:
        return ""
    return text_from(raw.FPDFAnnot_GetFormFieldValue, form, annotation)


def _chosen(form: Any, annotation: Any) -> Iterator[str]:
    """The options as they are shown, not as they are sent."""
    from pypdfium2 import raw

    for index in range(max(0, raw.FPDFAnnot_GetOptionCount(form, annotation))):
        if raw.FPDFAnnot_IsOptionSelected(form, annotation, index):
            yield text_from(raw.FPDFAnnot_GetOptionLabel, form, annotation, index)


def text_from(get: Callable[..., int], *arguments: Any) -> str:
    """What one of PDFium's functions writes into a buffer, lines parted by newlines."""
    from ctypes import POINTER, cast, create_string_buffer

    from pypdfium2 import raw

    size = get(*arguments, None, 0)
    buffer = create_string_buffer(size)
    get(*arguments, cast(buffer, POINTER(raw.FPDF_WCHAR)), size)
    text = buffer.raw[:size].decode("utf-16-le", "replace").rstrip("\0")
    return without_controls(text.replace("\r\n", "\n").replace("\r", "\n")).strip()
