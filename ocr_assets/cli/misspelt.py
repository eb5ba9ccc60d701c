"""Variables that look like settings and are none: misspelt ones, which would be passed over without a word."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from ocr_assets.settings import Settings
from resources.mail import Mail
from resources.passwords import Passwords
from resources.secrets import VARIABLE as SECRETS
from resources.webhook import Webhook

PREFIX = "OCR_ASSETS_"


def misspelt(settings: Settings, variables: Iterable[str], others: Iterable[str] = ()) -> Iterator[str]:
    """A sentence for each of these variables that nothing reads; `others` are known beside settings and secrets."""
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {SECRETS, *others}
    known |= {Passwords().variable, Passwords().file_variable, Mail().password_variable, Webhook().url_variable}
    keys = {value for name, value in settings if name.endswith("_key")}  # they name variables of the operator's own
    for name in sorted(set(variables) - known - keys):
        if name.startswith(PREFIX):
            close = get_close_matches(name, sorted(known), n=1, cutoff=0.8)
            yield f"{name} is no setting" + (f"; {close[0]} is" if close else "; .env.example lists what there is")
