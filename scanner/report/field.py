"""One value of a JSON document together with the path to it, so that a wrong one can be named exactly."""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NoReturn, TypeVar

from scanner.core.address import Address
from scanner.core.errors import UsageError
from scanner.core.jsontext import Json
from scanner.core.text import clean

_LIMIT_CHARS = 8_192
_ZONE = re.compile(r"[!-$&-.0-~]{1,15}")
"""The name of an interface of Linux: 15 characters, no blank and no slash (dev_valid_name of net/core/dev.c)."""
_Word = TypeVar("_Word", bound=StrEnum)
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Field:
    """A value in a file; its methods return it as a type or raise UsageError naming file, path and expectation."""

    value: Json
    path: str
    file: Path

    def fail(self, wanted: str) -> NoReturn:
        """Raise UsageError: this field is not what was wanted."""
        raise UsageError(f"{self.path or 'the document'} is not {wanted}", file=self.file)

    def __getitem__(self, key: str) -> "Field":
        inside = f"{self.path}.{key}" if self.path else key
        if not isinstance(self.value, dict):
            self.fail("an object")
        return Field(self.value.get(key), inside, self.file)

    def __iter__(self) -> Iterator["Field"]:
        """Return the members of an array; a missing array is an empty one."""
        if self.value is None:
            return
        if not isinstance(self.value, list):
            self.fail("an array")
        for index, member in enumerate(self.value):
            yield Field(member, f"{self.path}[{index}]", self.file)

    @property
    def given(self) -> bool:
        """Whether the field is there and not null."""
        return self.value is not None

    def text(self, missing: str | None = None) -> str:
        """Return a clean text; `missing` stands in for an absent one."""
        if self.value is None and missing is not None:
            return missing
        if not isinstance(self.value, str):
            self.fail("text")
        return clean(self.value, _LIMIT_CHARS)

    def text_or_none(self) -> str | None:
        """Return a clean text, None when it is absent."""
        return self.text() if self.given else None

    def texts(self) -> tuple[str, ...]:
        """Return an array of texts, empty when it is absent."""
        return tuple(member.text() for member in self)

    def whole(self, least: int = 0, most: int = 1 << 160, missing: int | None = None) -> int:
        """Return a whole number within limits; `missing` stands in for an absent one."""
        if self.value is None and missing is not None:
            return missing
        if not isinstance(self.value, int) or isinstance(self.value, bool) or not least <= self.value <= most:
            self.fail(f"a whole number from {least} to {most}")
        return self.value

    def number(self, most: float) -> float:
        """Return a number from 0 to `most`, 0 when it is absent."""
        if self.value is None:
            return 0.0
        if not isinstance(self.value, int | float) or isinstance(self.value, bool) or not 0 <= self.value <= most:
            self.fail(f"a number from 0 to {most}")
        return float(self.value)

    def truth(self) -> bool:
        """Return a boolean, False when it is absent."""
        if self.value is not None and not isinstance(self.value, bool):
            self.fail("true or false")
        return bool(self.value)

    def choice(self, words: Mapping[str, _Value]) -> _Value:
        """Return what the text stands for."""
        text = self.text()
        if text not in words:
            self.fail(f"one of {', '.join(words)}")
        return words[text]

    def word(self, words: type[_Word]) -> _Word:
        """Return the member of an enumeration that the text names."""
        return self.choice({word.value: word for word in words})

    def address(self) -> Address:
        """Return an IP address; the zone of a link-local one is the name or number of an interface."""
        text = self.text()
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            self.fail("an IP address")
        if "%" in text and not _ZONE.fullmatch(text.partition("%")[2]):
            self.fail("an IP address with the name of an interface as its zone")
        return address

    def tree(self) -> dict[str, Json]:
        """Return an object of any shape, its text not yet clean; empty when it is absent."""
        if self.value is None:
            return {}
        if not isinstance(self.value, dict):
            self.fail("an object")
        return self.value
