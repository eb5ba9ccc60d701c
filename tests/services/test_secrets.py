"""Secrets: where they come from, and that they are written nowhere, whatever servers put into their messages."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocr_assets.errors import TransientFault, UsageError
from resources import secrets
from resources.faults import fault_of
from resources.passwords import Passwords
from resources.secrets import redact, secret
from tests.cli.conftest import DOCUMENTS, Answer, Home
from tests.pipeline import pdf
from tests.searching_files import files_with
from tests.services.openai_server import KEY, MODEL, OpenAIServer
from tests.services.secrets_server import SecretsServer

NAME = "ocr-assets/production"
WRONG_KEY = "sk-wrong-77aa41"
PASSWORDS = ["password", "unlikely-guess-61"]


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a process begins."""
    monkeypatch.setattr(secrets, "_kept", {})
    monkeypatch.setattr(secrets, "_seen", set())


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretsServer]:
    """Secrets Manager with our secret, and an environment that names it and holds no other."""
    stored = {"OPENAI_API_KEY": f"{KEY}\n", "OCR_ASSETS_PASSWORDS": PASSWORDS}
    with SecretsServer({NAME: json.dumps(stored)}).running() as server:
        for name, value in {
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": server.url,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
            "OCR_ASSETS_SECRETS": f"aws:{NAME}",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        yield server


def test_a_secret_is_asked_for_when_it_is_used_and_kept(
    manager: SecretsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert manager.asked == 0
    assert (secret("OPENAI_API_KEY"), secret("UNKNOWN"), Passwords().all()) == (KEY, None, tuple(PASSWORDS))
    assert manager.asked == 1
    monkeypatch.setenv("OPENAI_API_KEY", "of the environment")
    assert secret("OPENAI_API_KEY") == "of the environment"
    monkeypatch.setattr(secrets, "KEPT_SECONDS", 0.0)
    secrets._kept.clear()
    assert (secret("OTHER"), secret("OTHER"), manager.asked) == (None, None, 3)


def test_the_manager_is_asked_with_the_credentials_of_now(
    manager: SecretsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret("OPENAI_API_KEY")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "renewed")
    secrets._kept.clear()
    secret("OPENAI_API_KEY")
    assert manager.keys == ["key", "renewed"]


@pytest.mark.parametrize(
    ("refusal", "fix"),
    [
        ("AccessDeniedException", "secretsmanager:GetSecretValue"),
        ("ResourceNotFoundException", "OCR_ASSETS_SECRETS"),
        ("DecryptionFailure", "kms:Decrypt"),
    ],
)
def test_what_the_operator_has_to_mend_is_named(manager: SecretsServer, refusal: str, fix: str) -> None:
    manager.refusal = refusal
    with pytest.raises(UsageError, match=f"{NAME}.*{fix}"):
        secret("OPENAI_API_KEY")


def test_a_manager_that_does_not_answer_is_asked_again_later(
    manager: SecretsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager.refusal = "InternalServiceError"
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(TransientFault, match="InternalServiceError"):
        secret("OPENAI_API_KEY")
    manager.refusal = None
    assert secret("OPENAI_API_KEY") == KEY


@pytest.mark.parametrize("text", ["sk-plain-text-91", '["sk-plain-text-91"]'])
def test_a_secret_of_another_form_is_refused_without_being_told(manager: SecretsServer, text: str) -> None:
    manager.secrets[NAME] = text
    with pytest.raises(UsageError, match="not a JSON object") as told:
        secret("OPENAI_API_KEY")
    assert "sk-plain" not in str(told.value)


def test_a_place_that_is_not_known_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_ASSETS_SECRETS", "vault:x")
    with pytest.raises(UsageError, match="write aws:NAME"):
        secret("OPENAI_API_KEY")


def test_messages_of_libraries_lose_the_secrets_that_they_quote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    secret("OPENAI_API_KEY")
    assert redact(f"Illegal header value b'Bearer {KEY}'") == "Illegal header value b'Bearer [secret]'"
    fault = fault_of(OSError(f"wrong key {KEY}"))
    assert isinstance(fault, TransientFault)
    assert KEY not in str(fault)


def test_runs_that_succeed_and_that_fail_write_no_secret_anywhere(
    manager: SecretsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, answers = Home(tmp_path / "home", tmp_path), list[Answer]()

    def ran(*arguments: str) -> Answer:
        answers.append(home(*arguments))
        return answers[-1]

    shutil.copy(DOCUMENTS / "password.pdf", tmp_path / "protected.pdf")
    with OpenAIServer().running() as openai:
        at = {
            "EMBEDDER": "openai",
            "EMBEDDER_URL": openai.base_url,
            "EMBEDDER_MODEL": MODEL,
            "EMBEDDER_DIMENSION": "8",
            "WORKERS": "1",
        }
        for name, value in at.items():
            monkeypatch.setenv(f"OCR_ASSETS_{name}", value)
        assert ran("run", str(tmp_path / "protected.pdf"), "--json").code == 0
        # The server's refusal quotes the key that it was given, and so does the error of the library.
        monkeypatch.setenv("OPENAI_API_KEY", WRONG_KEY)
        (tmp_path / "new.pdf").write_bytes(pdf("words that were never embedded"))
        refused = ran("run", str(tmp_path / "new.pdf"))
        assert refused.code == 1
        assert "does not accept the key" in refused.err
        assert ran("search", "words").code == 1
        monkeypatch.setenv("OCR_ASSETS_PASSWORDS", "unlikely-guess-61, password")
        assert ran("reprocess", str(tmp_path / "protected.pdf"), str(tmp_path / "new.pdf")).code == 1
        ran("status", "--json")
    for planted in (KEY, WRONG_KEY, "unlikely-guess-61"):
        assert files_with(home.path, planted) == set()
        assert not [answer for answer in answers if planted in answer.out + answer.err]
