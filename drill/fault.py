"""What is wrong with a file that a person wrote: where it stands, what stands there and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SHOWN_LENGTH = 80


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault.

    Attributes:
        file: name of the file, relative to the scenario's folder where it lies in it.
        line: line from 1, or 0 when the fault is with the file as a whole.
        path: place in the document such as `warnings[2].announcement.ja`, or "".
        value: the offending value as written (cut when long), or "".
        message: what is wrong and what to do about it.
    """

    file: str
    line: int
    path: str
    value: str
    message: str

    def __str__(self) -> str:
        """Return one line: `file:line: path = value: message`."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        what = self.path
        if self.value:
            what = f"{what} = {self.value}" if what else self.value
        return ": ".join(part for part in (where, what, self.message) if part)


class FaultyFileError(ValueError):
    """A file, or the files of a scenario, with every fault that was found, in file and line order."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def shown(value: object) -> str:
    """Return `value` as it may stand in a message: `repr`, cut after `SHOWN_LENGTH` characters."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        text = "{" + ", ".join(str(key) for key in value) + "}"
    elif isinstance(value, list) and len(value) > 4:
        text = f"a list of {len(value)}"
    else:
        text = repr(value)
    return text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…"


def written_path(path: Iterable[str | int]) -> str:
    """Return a path as people write it: `events[0].when.any[1]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
