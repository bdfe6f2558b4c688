"""What an uploader says, read with every check: a message, a run's header, a segment's key."""

from __future__ import annotations

import base64
import binascii

import msgspec

from drill.record.run import RunHeader
from drill.record.sealing import open_from_city, open_header, read_header
from drill.record.wire import (
    CLOSE_BAD_FRAME,
    MAX_FRAME,
    PROTO,
    End,
    Hello,
    JsonBatch,
    Segment,
    WireError,
    decode_from_uploader,
)
from server.live.ingest import Refused


def read_message(text: str) -> Hello | Segment | JsonBatch | End:
    """Return a control message. Raise Refused when it is none."""
    if len(text) > MAX_FRAME:
        raise Refused(CLOSE_BAD_FRAME, f"message of {len(text)} characters passes the cap of {MAX_FRAME}")
    try:
        message: Hello | Segment | JsonBatch | End = decode_from_uploader(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise Refused(CLOSE_BAD_FRAME, f"not a message of {PROTO}: {str(error)[:200]}") from error
    return message


def read_run_header(hello: Hello, private_key: bytes) -> RunHeader | None:
    """Return the run's header opened with the city's key, None when HELLO has none. Raise Refused."""
    if not hello.header:
        return None
    try:
        content = base64.b64decode(hello.header, validate=True)
        header = open_header(content, private_key) if hello.sealed else read_header(content)
    except (WireError, binascii.Error, ValueError) as error:
        raise Refused(CLOSE_BAD_FRAME, f"the header of run {hello.run_id} does not open: {error}") from error
    if header.run_id != hello.run_id:
        raise Refused(CLOSE_BAD_FRAME, f"HELLO is for run {hello.run_id}, its header for {header.run_id}")
    return header


def read_key(message: Segment, private_key: bytes) -> bytes:
    """Return the key of a spool segment opened with the city's key. Raise Refused."""
    try:
        return open_from_city(base64.b64decode(message.key, validate=True), private_key)
    except (WireError, binascii.Error, ValueError) as error:
        raise Refused(CLOSE_BAD_FRAME, f"key of segment {message.segment} does not open: {error}") from error
