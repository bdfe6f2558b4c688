"""Fills the tables of the first release (revision 0001) as a city would have; a seed gives the same rows.

Nothing here is shared with today's code: the tables are read from the database, and the audit record's hash is written
as that release wrote it. A later release that can no longer read these rows fails its upgrade test.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
import zlib
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, MetaData

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BEGAN: Final = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
PLACES: Final = (
    "中央小学校 体育館",
    "髙梁市民会館",
    "𠮷備高原公民館",
    "旧西分校(仮)",
    "とてもながい名前の地域コミュニティセンター",
)
TITLES: Final = ("浸水からの避難", "煙の中を逃げる", "地震のあと ~夜間~", "洪水・土砂災害 合同訓練")
NAMES: Final = ("体育館 左", "体育館 右", "渡り廊下", "①号機", "辻󠄀さんの卓")
REASONS: Final = ("途中で気分が悪くなったため", "", "", "", "機材の不調 (ヘッドセット)", "見学のみ 🙂")
SIZES: Final = {
    "audit_entry": 0.12,
    "consent": 0.14,
    "ticket": 0.14,
    "run": 0.1,
    "run_analysis": 0.08,
    "run_streams": 0.1,
    "chunks": 0.2,
    "job": 0.08,
    "drill_session": 0.01,
    "pairing_code": 0.01,
    "socket_pass": 0.01,
    "quarantine": 0.01,
}
"""Share of all rows; the tables not named here hold a few."""


class Filler:
    """Makes rows table by table, in an order that references allow."""

    def __init__(self, connection: Connection, rows: int, seed: int) -> None:
        self.connection = connection
        self.rng = random.Random(seed)
        self.metadata = MetaData()
        self.metadata.reflect(connection)
        self.naive = connection.dialect.name == "sqlite"
        self.count = {table: max(3, round(rows * share)) for table, share in SIZES.items()}
        self.devices = [self._id() for _ in range(12)]
        self.days = [self._id() for _ in range(20)]
        self.scenarios = [self._hash() for _ in range(5)]
        self.sessions = [self._id() for _ in range(self.count["drill_session"])]
        self.stations = [self._id() for _ in range(30)]
        self.tickets = [self._hash() for _ in range(self.count["ticket"])]
        self.runs = [self.rng.randbytes(16).hex() for _ in range(self.count["run"])]
        self.streams = list(range(1, self.count["run_streams"] + 1))

    def fill(self) -> int:
        """Fill every table; return how many rows were made."""
        made = 0
        for table in self.metadata.sorted_tables:
            if table.name == "alembic_version":
                continue
            rows = list(getattr(self, f"_{table.name}")())
            self.connection.execute(table.insert(), rows)
            made += len(rows)
        return made

    def _moment(self) -> dt.datetime:
        at = BEGAN + dt.timedelta(microseconds=self.rng.randrange(200 * 86_400 * 10**6))
        return at.replace(tzinfo=None) if self.naive else at

    def _id(self) -> str:
        return "".join(self.rng.choices(ALPHABET, k=16))

    def _hash(self) -> str:
        return self.rng.randbytes(32).hex()

    def _audit_entry(self) -> Iterator[dict[str, Any]]:
        previous, at = "0" * 64, BEGAN
        for seq in range(1, self.count["audit_entry"] + 1):
            at += dt.timedelta(microseconds=self.rng.randrange(10**9))
            entry: dict[str, Any] = {
                "seq": seq,
                "at": at,
                "actor": self.rng.choice(("staff:local", "system", f"device:{self._id()}")),
                "action": self.rng.choice(("day.add", "device.pair", "run.exclude", "ticket.issue")),
                "target": f"run:{self._id()}",
                "detail": self.rng.choice(({}, {"count": seq}, {"reason": self.rng.choice(REASONS), "z": 1, "a": 1.5})),
            }
            content = {**entry, "at": at.isoformat(timespec="microseconds"), "previous": previous}
            text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            entry |= {"previous_hash": previous, "hash": hashlib.sha256(text.encode()).hexdigest()}
            previous = entry["hash"]
            yield {**entry, "at": at.replace(tzinfo=None) if self.naive else at}

    def _device(self) -> Iterator[dict[str, Any]]:
        for number, key in enumerate(self.devices):
            revoked = self._moment() if number % 4 == 0 else None
            name = f"{self.rng.choice(NAMES)} {number}"
            yield {
                "id": key,
                "name": name,
                "key_hash": self._hash(),
                "paired_at": self._moment(),
                "revoked_at": revoked,
            }

    def _drill_day(self) -> Iterator[dict[str, Any]]:
        for key in self.days:
            yield {
                "id": key,
                "place": self.rng.choice(PLACES),
                "date": (BEGAN + dt.timedelta(days=self.rng.randrange(200))).date(),
                "title": self.rng.choice(TITLES),
                "created_at": self._moment(),
            }

    def _scenario_version(self) -> Iterator[dict[str, Any]]:
        for number, key in enumerate(self.scenarios):
            title = {"ja": self.rng.choice(TITLES), "ja-simple": "{訓練|くんれん}", "en": "Flood"}
            yield {
                "hash": key,
                "scenario_id": "gym-flood",
                "version": number,
                "title": title,
                "summary": title,
                "imported_at": self._moment(),
            }

    def _drill_session(self) -> Iterator[dict[str, Any]]:
        for key in self.sessions:
            begins = self._moment()
            yield {
                "id": key,
                "day_id": self.rng.choice(self.days),
                "starts_at": begins,
                "ends_at": begins + dt.timedelta(minutes=30),
                "capacity": self.rng.randint(1, 40),
            }

    def _station(self) -> Iterator[dict[str, Any]]:
        for key in self.stations:
            yield {
                "id": key,
                "day_id": self.rng.choice(self.days),
                "name": self.rng.choice(NAMES),
                "device_id": self.rng.choice([*self.devices, None]),
                "scenario_hash": self.rng.choice([*self.scenarios, None]),
            }

    def _ticket(self) -> Iterator[dict[str, Any]]:
        for key in self.tickets:
            yield {
                "hash": key,
                "created_at": self._moment(),
                "expires_at": self.rng.choice((None, self._moment())),
                "revoked_at": None,
                "session_id": self.rng.choice([*self.sessions, None]),
                "age_band": self.rng.choice(("", "child", "adult", "senior")),
                "language": self.rng.choice(("ja", "ja-simple", "en")),
                "comfort": self.rng.choice(({}, {"turning": "snap", "注": "ゆっくり"})),
            }

    def _consent(self) -> Iterator[dict[str, Any]]:
        for _ in range(self.count["consent"]):
            kind = self.rng.choice(("ticket", "run"))
            yield {
                "id": self._id(),
                "subject_kind": kind,
                "subject": self.rng.choice(self.tickets) if kind == "ticket" else self._hash()[:32],
                "purpose": "recording",
                "version": "2026-04-01/ja",
                "given_at": self._moment(),
                "source": self.rng.choice(("station", "counter", "窓口")),
                "withdrawn_at": self.rng.choice((None, None, self._moment())),
            }

    def _run(self) -> Iterator[dict[str, Any]]:
        for number, key in enumerate(self.runs):
            yield {
                "run_id": key,
                "code": "".join(self.rng.choices(ALPHABET, k=8)),
                "header": {
                    "run_id": key,
                    "device": self.rng.choice(NAMES),
                    "seated": number % 5 == 0,
                    "x": 0.1,
                },
                "state": self.rng.choice(("running", "complete", "gapped", "abandoned")),
                "scenario_hash": self.rng.choice(self.scenarios),
                "locomotion": self.rng.choice(("walked", "smooth", "teleport", "screen", "scripted")),
                "counted": self.rng.random() < 0.8,
                "excluded_reason": self.rng.choice(REASONS),
                "ticket_hash": self.rng.choice((None, self.rng.choice(self.tickets))),
                "device_id": self.rng.choice(self.devices),
                "day_id": self.rng.choice([*self.days, None]),
                "session_id": self.rng.choice([*self.sessions, None]),
                "station_id": self.rng.choice([*self.stations, None]),
                "started_at": self._moment(),
                "received_at": self._moment(),
                "ended_at": self.rng.choice((None, self._moment())),
            }

    def _run_analysis(self) -> Iterator[dict[str, Any]]:
        for key in self.runs[: self.count["run_analysis"]]:
            metrics = {"moved_after_s": self.rng.uniform(0, 60), "reached": self.rng.random() < 0.7, "note": "速い"}
            yield {
                "run_id": key,
                "definitions_version": 1,
                "metrics": self.rng.choice((None, metrics)),
                "problem": self.rng.choice(("", "記録が途中で切れています")),
                "made_at": self._moment(),
            }

    def _run_streams(self) -> Iterator[dict[str, Any]]:
        for number in self.streams:
            yield {
                "id": number,
                "run_id": self.runs[number - 1],
                "w": 2**40 + number,
                "epoch": 1,
                "missing": self.rng.choice(([], [[1, 2]])),
                "batches": self.rng.choice((None, 30)),
                "rows": {"pose": 90},
                "digest": self._hash(),
                "conflicts": 0,
                "opened_at": self._moment(),
                "heard_at": self._moment(),
                "ended_at": None,
            }

    def _chunks(self) -> Iterator[dict[str, Any]]:
        for number in range(1, self.count["chunks"] + 1):
            payload = self.rng.randbytes(self.rng.randint(20, 400))
            yield {
                "id": number,
                "stream_id": self.streams[number % len(self.streams)],
                "seq": number,
                "channel": number % 5,
                "t0_us": number * 1_000_000,
                "n": self.rng.randint(1, 90),
                "gaze": self.rng.random() < 0.5,
                "segment": 1,
                "length": len(payload),
                "crc32": zlib.crc32(payload),
                "payload": payload,
            }

    def _quarantine(self) -> Iterator[dict[str, Any]]:
        for number in range(1, self.count["quarantine"] + 1):
            yield {
                "id": number,
                "stream_id": self.rng.choice(self.streams),
                "seq": number,
                "stored_crc32": 1,
                "crc32": 2,
                "device_id": self.rng.choice(self.devices),
                "frame": self.rng.randbytes(200),
                "received_at": self._moment(),
            }

    def _measured_trajectories(self) -> Iterator[dict[str, Any]]:
        for key in self.runs[:4]:
            yield {
                "run_id": key,
                "file_name": f"計測 {key[:4]}.txt",
                "file_hash": self._hash(),
                "frame_rate": 16.0,
                "unit": "m",
                "samples": self.rng.randbytes(5_000),
                "setup": {"line": "LINESTRING (0 0, 2 0)"},
                "figures": {"flow": 1.23456789},
                "imported_at": self._moment(),
            }

    def _job(self) -> Iterator[dict[str, Any]]:
        for _ in range(self.count["job"]):
            state = self.rng.choice(("queued", "done", "done", "failed"))
            yield {
                "id": self._id(),
                "kind": "analysis.run",
                "payload": {"run_id": self.rng.choice(self.runs)},
                "state": state,
                "attempts": self.rng.randint(0, 5),
                "created_at": self._moment(),
                "run_after": self._moment(),
                "lease_until": None,
                "finished_at": None if state == "queued" else self._moment(),
                "error": "読めない記録です" if state == "failed" else "",
            }

    def _pairing_code(self) -> Iterator[dict[str, Any]]:
        for number in range(self.count["pairing_code"]):
            yield {
                "selector": "".join(ALPHABET[(number >> shift) & 31] for shift in (15, 10, 5, 0)),
                "secret_hash": self._hash(),
                "name": self.rng.choice(NAMES),
                "station_id": self.rng.choice([*self.stations, None]),
                "created_at": self._moment(),
                "expires_at": self._moment(),
                "attempts": 0,
                "used_at": None,
            }

    def _socket_pass(self) -> Iterator[dict[str, Any]]:
        for _ in range(self.count["socket_pass"]):
            yield {
                "hash": self._hash(),
                "device_id": self.rng.choice(self.devices),
                "purpose": self.rng.choice(("control", "upload")),
                "expires_at": self._moment(),
                "used_at": None,
            }
