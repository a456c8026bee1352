"""What a look at a dataset found: everything at once, each with a code."""

from typing import Final

import attrs

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.shown import Shown

__all__ = ["DatasetReport", "Finding"]

_TOLD: Final = 20


@attrs.frozen
class Finding:
    """One thing that is wrong with a dataset (``level`` error) or odd (warning). ``where`` is the file or row, if one."""

    code: str
    message: str
    level: str = "error"
    where: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


@attrs.frozen(repr=False)
class DatasetReport(Shown):
    """What is wrong with a dataset, and what is odd. ``images`` are the pictures that can be trained with."""

    base: str
    images: int
    captions: int
    findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What keeps it from being trained with."""
        return tuple(one for one in self.findings if one.level == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What may be meant, or may not."""
        return tuple(one for one in self.findings if one.level != "error")

    @property
    def ok(self) -> bool:
        """Whether it can be trained with."""
        return not self.errors

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of what was found, each once."""
        return tuple(dict.fromkeys(one.code for one in self.findings))

    def raise_if_bad(self) -> "DatasetReport":
        """Return it when the dataset can be trained with.

        Raises:
            InvalidInput: it can't; ``problems`` has every error.
        """
        if self.errors:
            problems = [str(one) for one in self.errors]
            more = f"; and {len(problems) - _TOLD} more" if len(problems) > _TOLD else ""
            raise InvalidInput(
                f"The dataset can't be trained with: {'; '.join(problems[:_TOLD])}{more}.", problems=problems
            )
        return self

    def __repr__(self) -> str:
        return f"<dataset report for {self.base}: {self.images} pictures, {len(self.errors)} errors, {len(self.warnings)} warnings>"

    def __str__(self) -> str:
        lines = [
            f"{self.images} pictures, {self.captions} captions, for {self.base}: {'good' if self.ok else 'bad'}"
        ]
        return "\n".join([*lines, *(f"{one.level}: {one} [{one.code}]" for one in self.findings)])
