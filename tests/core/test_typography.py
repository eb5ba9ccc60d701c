import pytest

from ocr_assets.core.typography import tidied


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("\u2018\u2018social responsibility\u2019\u2019 (CSR)", "\u201csocial responsibility\u201d (CSR)"),
        ("products\u2019\u20191 and ``work'', he said.''", "products\u201d1 and \u201cwork\u201d, he said.\u201d"),
        (",,Haus\u2018\u2018 und \u201a\u201aHof\u2018\u2018", "\u201eHaus\u201c und \u201eHof\u201c"),
        ("f''(x) is 5'' long", "f''(x) is 5'' long"),
        ("a,,b;,,3", "a,,b;,,3"),
        ("it\u2019s the dogs\u2019 'own'", "it\u2019s the dogs\u2019 'own'"),
        ("e\ufb03cient \ufb01nd", "efficient find"),
        ("100\u00a0km\u200b", "100 km"),
        ("Ja\u0301n", "Ján"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
    ],
)
def test_what_only_differs_in_print_is_made_one(text: str, tidy: str) -> None:
    assert tidied(text) == tidy
