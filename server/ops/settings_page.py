"""Writes docs/settings.md from the settings themselves: `python -m server.ops.settings_page`."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from server.settings import OpenIdSettings, Settings

FILE: Final = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
HEAD: Final = """# 設定 Settings

設定は環境変数で渡します。一覧は `server/settings.py` から作られます(`python -m server.ops.settings_page`)。
値に一覧や組があるものは JSON で書きます: `SONAE_ALLOWED_HOSTS='["sonae.example.jp", "127.0.0.1"]'`。
つづりを誤った設定は `sonae-server doctor` が知らせます。
Settings are environment variables; this page is made from the code. Lists are written as JSON. `doctor` tells of a
misspelt one.
"""
SERVICE: Final = """## 外のサインイン A sign-in service outside

`SONAE_RESIDENT_OPENID__...` と `SONAE_STAFF_OPENID__...` に同じものがあります。 The same under both.
"""


class UndocumentedSettingError(LookupError):
    """A setting that the docstring of its class does not tell of, or one that is told of and is not there."""


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """Return what each field means, from the `Attributes` of the class. Raise UndocumentedSettingError."""
    said = inspect.getdoc(model) or ""
    lines = said.partition("Attributes:\n")[2]
    found = {
        name: " ".join(text.split())
        for name, text in re.findall(r"^    (\w+): (.*?)(?=^    \w+: |\Z)", lines, re.MULTILINE | re.DOTALL)
    }
    differ = found.keys() ^ model.model_fields.keys()
    if differ:
        msg = f"{model.__name__} and its docstring differ in {sorted(differ)}"
        raise UndocumentedSettingError(msg)
    return found


def page() -> str:
    """Return the page."""
    return "\n".join((HEAD, _table(Settings, "SONAE_"), SERVICE, _table(OpenIdSettings, "SONAE_RESIDENT_OPENID__")))


def _table(model: type[BaseModel], prefix: str) -> str:
    fields = model.model_fields
    rows = [f"| `{prefix}{name.upper()}` | {_shown(fields[name])} | {text} |" for name, text in meanings(model).items()]
    return "\n".join(["| 設定 Setting | 初期値 Default | 意味 Meaning |", "|---|---|---|", *rows, ""])


def _shown(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "—"
    if isinstance(value, Path) and value.is_absolute():
        return f"`{value.name}/`"
    text = str(value) if not isinstance(value, tuple) else ", ".join(map(str, value))
    return f"`{text}`" if text and value is not None else ""


def main() -> None:
    """Write the page."""
    FILE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
