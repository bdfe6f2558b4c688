"""The runbook's commands, run literally and in order in a scratch folder; and that it is two pages."""

from __future__ import annotations

import html
import io
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from server.db import Database
from server.devices import service as devices
from server.features import load_models
from server.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
RUNBOOK = ROOT / "docs" / "runbook.md"
MOST_LINES = 5


def blocks() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```", RUNBOOK.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_no_task_has_more_than_five_lines() -> None:
    assert len(blocks()) >= 11
    assert [block for block in blocks() if len(block.splitlines()) > MOST_LINES] == []


def test_every_command_of_the_server_is_known_to_it() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "server.cli", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    named = set(re.findall(r"sonae-server ([a-z-]+)", RUNBOOK.read_text("utf-8")))
    assert {one for one in named if not re.search(rf"^    {one}\b", listed, re.MULTILINE)} == set()


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@pytest.fixture
def duty(tmp_path: Path) -> dict[str, str]:
    """The environment of a person on duty: a stick, an empty data folder, the commands on the path."""
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "sonae-server").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m server.cli "$@"\n')
    (commands / "sonae-server").chmod(0o755)
    (tmp_path / "usb").mkdir()
    (tmp_path / "safe").mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SONAE_", "PYTHON"))}
    return kept | {
        "PATH": f"{commands}:/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "USB": str(tmp_path / "usb"),
        "SAFE": str(tmp_path / "safe"),
        "SONAE_DATA_DIR": str(tmp_path / "var"),
        "SONAE_PORT": str(free_port()),
        "DEVICE": "",
    }


def paired(data_dir: Path) -> str:
    """Pair a machine as a station does; return its id."""
    load_models()
    database = Database(Settings(data_dir=data_dir, database_url=""))
    with database.session() as db:
        found = devices.pair(db, code=devices.new_pairing_code(db, database.settings, name="体育館 右"))
    database.close()
    assert found is not None
    return found.device.id


@pytest.mark.timeout(240)
def test_one_person_runs_the_house_by_the_paper_alone(duty: dict[str, str], tmp_path: Path) -> None:
    said = []
    for block in blocks():
        if "--revoke" in block:
            duty["DEVICE"] = paired(tmp_path / "var")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-m", "-c", block],
            cwd=tmp_path,
            env=duty,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{block}\nends with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        said.append(done.stdout)
    text = "".join(said)
    assert "○ 動いています" in text
    assert "every table is equal" in text
    assert "復旧しました" in text
    assert "the audit record is whole" in text
    assert (tmp_path / "sonae-restored" / "sonae.sqlite").exists()
    assert len(list((tmp_path / "usb" / "sonae").glob("*.sonae"))) == 4


def test_a_command_that_fails_stops_the_test(duty: dict[str, str], tmp_path: Path) -> None:
    """The control: the shell that runs the blocks stops at the first command that fails."""
    block = "sonae-server backup verify nothing.sonae\necho went on\n"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-m", "-c", block], cwd=tmp_path, env=duty, capture_output=True, check=False
    )
    assert done.returncode != 0
    assert b"went on" not in done.stdout


def as_page(text: str) -> str:
    """Return the runbook as a printed page: headings, commands, tables, paragraphs."""
    out, code, table = [], False, False
    for line in text.splitlines():
        shown = re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(line, quote=False))
        if line.startswith("```"):
            out.append("</pre>" if code else "<pre>")
            code = not code
        elif code:
            out.append(html.escape(line))
        elif line.startswith("|"):
            if not table:
                out.append("<table>")
            table = True
            if not set(line) <= set("|-"):
                out.append(
                    "<tr>" + "".join(f"<td>{cell.strip()}</td>" for cell in shown.strip("|").split("|")) + "</tr>"
                )
            continue
        elif heading := re.match(r"(#+) (.*)", shown):
            out.append(f"<h{len(heading[1])}>{heading[2]}</h{len(heading[1])}>")
        elif line:
            out.append(f"<div>{shown}</div>")
        if table:
            out.append("</table>")
            table = False
    if table:
        out.append("</table>")
    style = """@page { size: A4; margin: 11mm } body { font: 9.5pt/1.4 "BIZ UDPGothic", sans-serif; margin: 0 }
    h1 { font-size: 13pt; margin: 0 0 1mm } h2 { font-size: 11pt; margin: 2.2mm 0 .6mm; break-after: avoid }
    pre { font: 8.5pt/1.35 monospace; break-inside: avoid; margin: .6mm 0; padding: .8mm 2mm;
    background: #eee; white-space: pre-wrap }
    table { border-collapse: collapse } td { border: .2mm solid #888; padding: .5mm 1.2mm; font-size: 8.5pt }"""
    joined = "\n".join(out)
    return f'<!doctype html><meta charset="utf-8"><style>{style}</style>{joined}'


@pytest.mark.browser
def test_it_is_two_printed_pages(tmp_path: Path) -> None:
    page, pdf = tmp_path / "runbook.html", tmp_path / "runbook.pdf"
    page.write_text(as_page(RUNBOOK.read_text("utf-8")), encoding="utf-8")
    call = ["/usr/bin/chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'c'}"]
    if not Path(call[0]).exists():
        pytest.skip("no Chromium here")
    subprocess.run(
        [*call, f"--print-to-pdf={pdf}", "--no-pdf-header-footer", page.as_uri()],
        capture_output=True,
        timeout=120,
        check=True,
    )
    assert len(PdfReader(io.BytesIO(pdf.read_bytes())).pages) == 2
