"""The register of personal information files says everything that the data model keeps about people."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Column, Integer, MetaData, String, Table

from server.db import Base, Database
from server.features import load_models
from server.privacy import Kept, Privacy, nothing_to_disclose, nothing_to_erase, statements
from server.requests import register
from server.requests.register import RegisterError
from server.settings import Settings
from server.web.texts import LANGUAGES, Words

load_models()


def personal_columns() -> set[str]:
    """Return every column of every personal table, walked over the data model alone."""
    personal = {kept.table for said in statements() for kept in said.keeps if kept.personal}
    return {f"{name}.{column.name}" for name in personal for column in Base.metadata.tables[name].c}


def test_every_personal_column_stands_in_the_register(database: Database) -> None:
    with database.reading() as db:
        files = register.files(db, database.settings)
    told = {column for file in files for columns in file.items.values() for column in columns}
    assert told == personal_columns()
    assert len(told) > 150


def test_a_column_that_nobody_explained_is_seen() -> None:
    """The control: a new personal column stops the register."""
    metadata = MetaData()
    Table("diary", metadata, Column("id", Integer, primary_key=True), Column("secret_wish", String(10)))
    keeps = (Kept("diary", personal=True, days=1, why="x", since="id"),)
    with pytest.raises(RegisterError, match=r"diary\.secret_wish"):
        register.items_of(Privacy("diary", keeps, nothing_to_disclose, nothing_to_erase), metadata)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_register_is_there(database: Database, language: str) -> None:
    words = Words(language)
    with database.reading() as db:
        for file in register.files(db, database.settings):
            keys = [f"file.{file.feature}.name", f"file.{file.feature}.purpose", f"range_{file.range}"]
            keys += [f"item.{item}" for item in file.items] + [f"from_{one}" for one in file.collected]
            assert [key for key in keys if not words.has(f"register.{key}")] == []


def test_the_flag_of_special_care_is_a_setting(database: Database) -> None:
    settings = Settings(database_url="", register_special_care=("people",))
    with database.reading() as db:
        assert {f.feature for f in register.files(db, settings) if f.special_care} == {"people"}
        assert {f.feature for f in register.files(db, database.settings) if f.special_care} == {
            "drills",
            "live",
            "analysis",
        }


def test_anybody_may_read_it(visitor: TestClient) -> None:
    page = visitor.get("/register?lang=ja").text
    for word in (
        "個人情報ファイル簿",
        "氏名・名称",
        "生年月日",
        "利用の目的",
        "記録項目",
        "要配慮個人情報",
        "開示請求等を受理する組織",
    ):
        assert word in page
    assert "person.name_kana" in page
    assert "1,000人未満" in page
