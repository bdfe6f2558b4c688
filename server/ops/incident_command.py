"""`sonae-server incident report`: what to tell the Personal Information Protection Commission, in minutes."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from pathlib import Path
from typing import Any, Final

from server.columns import JST, now, today
from server.db import Database
from server.features import load_models
from server.ops.incident import MANY, Doer, Report, report
from server.ops.private_file import create_private
from server.settings import Settings
from server.web.texts import Words

_REASONS: Final = {
    "many": f"{MANY}人を超える more than {MANY} people",
    "special_care": "要配慮個人情報を含む special-care information",
    "malice": "不正の疑い malice suspected",
}


def add_parser(commands: Any) -> None:
    """Add `incident report` to the command line."""
    incident = commands.add_parser("incident", help="what to tell when data may have leaked")
    acts = incident.add_subparsers(required=True, metavar="WHAT")
    made = acts.add_parser("report", help="who saw how many people's which data, since when")
    made.add_argument("--since", type=_moment, required=True, metavar="TIME", help="2026-11-20 or 2026-11-20T09:30")
    made.add_argument("--until", type=_moment, metavar="TIME", help="until now, where it is left out")
    made.add_argument("--actor", action="append", default=[], metavar="WHO", help="such as staff:ID; more than once")
    made.add_argument("--known-on", type=dt.date.fromisoformat, metavar="DAY", help="day when it became known; today")
    made.add_argument("--malice", action="store_true", help="malice is suspected: one person is enough")
    made.add_argument("--people", type=Path, metavar="FILE", help="write the ids of the people concerned to this file")
    made.add_argument("--json", action="store_true", help="print the facts as JSON")
    made.set_defaults(act=_report)


def _moment(text: str) -> dt.datetime:
    found = dt.datetime.fromisoformat(text)
    return (found if found.tzinfo is not None else found.replace(tzinfo=JST)).astimezone(dt.UTC)


def _report(arguments: argparse.Namespace, settings: Settings) -> int:
    load_models()
    database = Database(settings)
    try:
        with database.reading() as db:
            until = arguments.until or now()
            found = report(
                db,
                settings,
                since=arguments.since,
                until=until,
                actors=arguments.actor,
                malice=arguments.malice,
            )
    finally:
        database.close()
    known_on = arguments.known_on or today()
    ids = "".join(f"{person}\n" for person in found.people)
    if arguments.people is not None and not create_private(arguments.people, ids):
        msg = f"{arguments.people} is there already: name another file"
        raise FileExistsError(msg)
    print(_as_json(found, known_on) if arguments.json else _as_text(found, known_on))
    return 0


def _as_json(found: Report, known_on: dt.date) -> str:
    first, last, end = found.deadlines(known_on)
    return json.dumps(
        {
            "since": found.since.isoformat(),
            "until": found.until.isoformat(),
            "doers": [
                {
                    "actor": one.actor,
                    "people": len(one.people),
                    "at_most_beside": one.at_most,
                    "acts": dict(one.acts),
                    "tries": dict(one.tries),
                    "first": one.first.isoformat() if one.first else None,
                    "last": one.last.isoformat() if one.last else None,
                }
                for one in found.doers
            ],
            "people": len(found.people),
            "at_most_beside": found.at_most,
            "items": {name: list(items) for name, items in found.items.items()},
            "special_care": list(found.special_care),
            "first": found.first.isoformat() if found.first else None,
            "last": found.last.isoformat() if found.last else None,
            "audit_faults": list(found.faults),
            "audit_head": found.head,
            "report": found.reasons,
            "first_report": [first.isoformat(), last.isoformat()],
            "final_report": end.isoformat(),
        },
        ensure_ascii=False,
        indent=1,
    )


def _as_text(found: Report, known_on: dt.date) -> str:
    beside = f"、ほかに一覧やファイルで最大 {found.at_most} 件 and up to {found.at_most} on lists"
    lines = [
        "漏えい等の調査 Incident report",
        f"期間 looked at: {_at(found.since)} – {_at(found.until)} (JST)",
        "監査記録 audit record: "
        + ("正しい whole" if not found.faults else f"合わない項目 entries that do not hold: {list(found.faults)[:20]}"),
        f"  先頭 head: {found.head}",
        "",
        f"人数 people: {len(found.people)} 人の記録が開かれた opened" + (beside if found.at_most else ""),
        f"いつから since when: {_at(found.first)} – {_at(found.last)}" if found.first else "いつから since when: -",
        "",
        "だれが who:",
        *(line for one in found.doers for line in _doer(one)),
        *([] if found.doers else ["  -"]),
        "",
        "項目 items:",
        *(_items(found) or ["  -"]),
        "",
        *_what_to_do(found, known_on),
    ]
    return "\n".join(lines)


def _doer(one: Doer) -> list[str]:
    acts = ", ".join(f"{act} {count}" for act, count in sorted(one.acts.items()))
    tries = ", ".join(f"{act} {count}" for act, count in sorted(one.tries.items()))
    lines = [f"  {one.actor}: {len(one.people)} 人 people" + (f" + {one.at_most}" if one.at_most else "")]
    if acts:
        lines.append(f"    {acts} ({_at(one.first)} – {_at(one.last)})")
    if tries:
        lines.append(f"    拒まれた refused: {tries}")
    return lines


def _items(found: Report) -> list[str]:
    ja = Words("ja")
    return [
        f"  {ja.plain(f'register.file.{name}.name')}"
        + (" 【要配慮 special care】" if name in found.special_care else "")
        + ": "
        + "、".join(ja.plain(f"register.item.{item}") for item in items)
        for name, items in found.items.items()
    ]


def _what_to_do(found: Report, known_on: dt.date) -> list[str]:
    if not found.reasons:
        return ["報告の目安にあたりません(判断は市の法務で)。 Nothing here asks for a report; counsel decides."]
    first, last, end = found.deadlines(known_on)
    return [
        "個人情報保護委員会への報告 report to the Commission: " + " / ".join(_REASONS[one] for one in found.reasons),
        f"  速報 first report: {first} – {last}    確報 final report: {end}",
        "  本人への通知も要ります。 The people concerned are to be told as well (--people FILE).",
        "  判断は市の法務で。 The city's counsel decides.",
    ]


def _at(moment: dt.datetime | None) -> str:
    return f"{moment.astimezone(JST):%Y-%m-%d %H:%M}" if moment is not None else "-"
