"""The tracker's credentials: from the environment or a file that only its owner can read, and never shown."""

from collections.abc import Mapping
from pathlib import Path

from scanner.core.errors import UsageError
from scanner.core.private_file import private_text
from scanner.tickets.fields import Config

_MOST_BYTES = 65_536


class Secret:
    """A text that neither a log nor a traceback can show by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(***)"

    def __bool__(self) -> bool:
        return bool(self._text)

    def reveal(self) -> str:
        """Return the text, for the one header that it belongs into."""
        return self._text


def read_secret(config: Config, environment: Mapping[str, str]) -> Secret:
    """Return the secret that the configuration points to, an empty one when it points to none.

    Raises UsageError when the variable is unset, or when others may read the file (anything but mode 0600 or 0400).
    """
    if config.secret_env:
        value = environment.get(config.secret_env, "").strip()
        if not value:
            raise UsageError(f"the environment variable {config.secret_env} is empty: put the credentials there")
        return Secret(_one_line(value, config.secret_env))
    if config.secret_file:
        text = private_text(Path(config.secret_file).expanduser(), "the credentials", _MOST_BYTES)
        return Secret(_one_line(text.strip(), config.secret_file))
    return Secret("")


def _one_line(text: str, source: str) -> str:
    if not text or not text.isprintable():
        raise UsageError(f"{source} must hold one line with the credentials and nothing else")
    return text
