"""What is asked for on receipts and invoices: the schemas that Information Extraction fills.

Names are those of the vendor's prebuilt models where it had one, in words. Amounts are as printed: a text.
"""

from typing import Any, Final


def _text(told: str) -> dict[str, Any]:
    return {"type": "string", "description": told}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


_ITEMS: Final = {
    "type": "array",
    "description": "every line of goods or services, in the order of the document",
    "items": _object(
        name=_text("name of the goods or service"),
        quantity=_text("quantity as printed"),
        unit_price=_text("price of one as printed"),
        total_price=_text("price of the line as printed"),
    ),
}
SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "receipt": _object(
        store_name=_text("name of the shop"),
        store_address=_text("address of the shop"),
        store_phone=_text("telephone number of the shop"),
        receipt_number=_text("number of the receipt or transaction"),
        transaction_date=_text("date of the purchase as printed"),
        transaction_time=_text("time of the purchase as printed"),
        payment_method=_text("how it was paid"),
        currency=_text("currency of the amounts, ISO 4217 where it is clear"),
        subtotal=_text("sum before tax as printed"),
        tax=_text("tax as printed"),
        total=_text("amount paid as printed"),
        items=_ITEMS,
    ),
    "invoice": _object(
        invoice_number=_text("number of the invoice"),
        invoice_date=_text("date of the invoice as printed"),
        due_date=_text("date by which it is to be paid, as printed"),
        order_number=_text("number of the order or purchase order"),
        seller_name=_text("who issues the invoice"),
        seller_address=_text("address of the seller"),
        seller_tax_id=_text("tax number of the seller"),
        buyer_name=_text("who is to pay"),
        buyer_address=_text("address of the buyer"),
        currency=_text("currency of the amounts, ISO 4217 where it is clear"),
        subtotal=_text("sum before tax as printed"),
        tax=_text("tax as printed"),
        total=_text("amount to be paid as printed"),
        items=_ITEMS,
    ),
}
