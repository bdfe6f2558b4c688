"""`sonae-server staff`: what whoever runs the machine may do, and how it reads."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from server import cli
from server.accounts.models import Staff
from server.audit.models import AuditEntry
from server.db import Database


@pytest.fixture
def run(visitor: TestClient, capsys: pytest.CaptureFixture[str]):
    """Call the command on the database of `visitor`; return status, what it printed and what it said beside."""
    folder = visitor.app.state.settings.data_dir

    def called(*arguments: str) -> tuple[int, str, str]:
        status = cli.main(["--data-dir", str(folder), "staff", *arguments])
        said = capsys.readouterr()
        return status, said.out.strip(), said.err.strip()

    return called


def path_of(address: str) -> str:
    return "/staff/code/" + address.rpartition("/")[2]


def test_a_link_signs_in_and_an_account_is_made(visitor: TestClient, run) -> None:
    database: Database = visitor.app.state.database
    status, address, beside = run("add", "Hana@city.example", "--name", "髙﨑 花子", "--role", "instructor")
    assert (status, beside) == (0, "good for 72 hours, once")
    assert visitor.get(path_of(address)).status_code == 200

    status, address, beside = run("link", "hana@CITY.example")
    assert (status, beside) == (0, "good for 10 minutes, once")
    assert address.startswith("http://127.0.0.1:8350/staff/code/")
    visitor.post(path_of(address))
    assert visitor.get("/days").status_code == 200
    with database.reading() as db:
        said = [(entry.actor, entry.action) for entry in db.query(AuditEntry) if entry.action.startswith("staff")]
    assert said == [
        ("console", "staff.add"),
        ("console", "staff.rights"),
        ("console", "staff_code.make"),
        ("console", "staff_code.make"),
    ]


def test_roles_closing_and_the_list(visitor: TestClient, run) -> None:
    run("add", "a@city.example", "--name", "髙﨑", "--role", "administrator")
    run("add", "b@city.example", "--name", "𠮷田", "--department", "健康課")
    assert run("roles", "b@city.example", "clerk", "analyst")[0] == 0
    assert run("disable", "b@city.example")[0] == 0
    lines = run("list")[1].splitlines()
    assert [line.split()[:2] for line in lines] == [["a@city.example", "open"], ["b@city.example", "closed"]]
    assert "clerk, analyst" in lines[1]
    assert "closed since" in run("link", "b@city.example")[2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("link", "nobody@x"), "there is no staff account 'nobody@x'"),
        (("roles", "a@city.example", "king"), "there is no role 'king'; known are clerk"),
        (("add", "A@city.example", "--name", "x"), "another account has this login"),
        (("disable", "a@city.example"), "No administrator would be left"),
        (("setup-code",), "there is an administrator already"),
    ],
)
def test_what_cannot_be_done_says_why(visitor: TestClient, run, arguments: tuple[str, ...], said: str) -> None:
    run("add", "a@city.example", "--name", "髙﨑", "--role", "administrator")
    status, out, beside = run(*arguments)
    assert (status, out) == (1, "")
    assert said in beside
    with visitor.app.state.database.reading() as db:
        assert db.query(Staff).one().roles == ["administrator"]
