"""A station written from docs/protocol.md alone: standard library, websockets and PyNaCl, nothing of ours.

It is deliberately another program than `drill.record`: if the page is wrong or leaves something out, this breaks.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import ssl
import struct
import time
import urllib.parse
import urllib.request
import zlib
from dataclasses import dataclass, field

from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt
from nacl.public import PublicKey, SealedBox
from websockets.asyncio.client import ClientConnection, connect

CHANNELS = ["pose", "crowd", "hazard", "inputs", "events"]
HEADER = struct.Struct("<4sQBBHIQIII")


def message_pack(value: object) -> bytes:
    """Return a value in MessagePack: as much of it as records need."""
    if value is None:
        return b"\xc0"
    if value is True or value is False:
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        if 0 <= value < 128:
            return bytes([value])
        return b"\xce" + struct.pack(">I", value) if value >= 0 else b"\xd2" + struct.pack(">i", value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        raw = value.encode()
        return (bytes([0xA0 | len(raw)]) if len(raw) < 32 else b"\xda" + struct.pack(">H", len(raw))) + raw
    if isinstance(value, list):
        return b"\xdc" + struct.pack(">H", len(value)) + b"".join(message_pack(v) for v in value)
    if isinstance(value, dict):
        pairs = b"".join(message_pack(k) + message_pack(v) for k, v in value.items())
        return b"\xde" + struct.pack(">H", len(value)) + pairs
    raise TypeError(value)


@dataclass
class Batch:
    """Rows of one channel: binary columns or records, and the same as the JSON of section 7."""

    channel: str
    n: int
    t0_us: int
    payload: bytes
    columns: dict[str, list[float]] = field(default_factory=dict)
    records: list[dict[str, object]] = field(default_factory=list)


def pose_batch(t_us: list[int], heads: list[list[float]]) -> Batch:
    """Return a pose batch with no hands."""
    n = len(t_us)
    flat = [v for head in heads for v in head]
    payload = struct.pack(f"<{n}I{7 * n}f", *t_us, *flat) + bytes(4 * 14 * n) + b"\x01" * n
    columns = {"t_us": t_us, "head": flat, "left": [0] * 7 * n, "right": [0] * 7 * n, "tracked": [1] * n}
    return Batch("pose", n, t_us[0], payload, columns)  # type: ignore[arg-type]  # int is a number too


def crowd_batch(rows: list[tuple[int, int, int, int, int, int]]) -> Batch:
    """Return a crowd batch of rows (tick, id, x cm, y cm, floor, state)."""
    n = len(rows)
    names = ["tick", "id", "x_cm", "y_cm", "floor", "state"]
    columns = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    payload = b"".join(struct.pack(f"<{n}{c}", *columns[name]) for name, c in zip(names, "IHiibB", strict=True))
    return Batch("crowd", n, rows[0][0] * 1_000_000 // 60, payload, columns)  # type: ignore[arg-type]  # int is a number too


def hazard_batch(tick: int, values: list[float]) -> Batch:
    """Return a hazard batch of one level row."""
    payload = struct.pack("<IBBI", tick, 0, 1, len(values)) + struct.pack(f"<{len(values)}f", *values)
    columns = {"tick": [tick], "hazard": [0], "kind": [1], "count": [len(values)], "values": values}
    return Batch("hazard", 1, tick * 1_000_000 // 60, payload, columns)  # type: ignore[arg-type]  # int is a number too


def records_batch(channel: str, records: list[dict[str, object]]) -> Batch:
    """Return a batch of `inputs` or `events` records."""
    tick = records[0]["tick"]
    assert isinstance(tick, int)
    return Batch(channel, len(records), tick * 1_000_000 // 60, message_pack(records), records=records)


def pinned(server: str, fingerprint: str) -> ssl.SSLContext:
    """Return a TLS context that trusts the certificate with this fingerprint alone. Raise ValueError for another."""
    parts = urllib.parse.urlsplit(server)
    pem = ssl.get_server_certificate((parts.hostname or "", parts.port or 443), timeout=10)
    found = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    if found != fingerprint.replace(" ", "").lower():
        raise ValueError(found)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cadata=pem)
    return context


class RefusedError(Exception):
    """The server ended the socket."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code


class Stranger:
    """A station of another make.

    Args:
        server: the server's address, http://127.0.0.1:port or https://host:port.
        fingerprint: with https: SHA-256 of the server's certificate as its pages show it.
    """

    def __init__(self, server: str, fingerprint: str = "") -> None:
        self.server = server
        self.tls = pinned(server, fingerprint) if fingerprint else None
        plain = urllib.request.ProxyHandler({})
        handlers = [plain, urllib.request.HTTPSHandler(context=self.tls)] if self.tls else [plain]
        self.opener = urllib.request.build_opener(*handlers)
        self.device_id = self.device_key = ""
        self.city = b""

    # --- HTTP

    def post(self, path: str, body: object, authorization: str = "") -> dict[str, object]:
        headers = {"Content-Type": "application/json"}
        if authorization:
            headers["Authorization"] = authorization
        request = urllib.request.Request(self.server + path, json.dumps(body).encode(), headers)
        with self.opener.open(request, timeout=10) as reply:
            answer: dict[str, object] = json.load(reply)
        return answer

    def pair(self, code: str, name: str) -> None:
        answer = self.post("/api/station/pair", {"code": code, "name": name})
        self.device_id, self.device_key = str(answer["device_id"]), str(answer["device_key"])
        self.city = base64.b64decode(str(answer["city_public_key"]))
        assert len(self.city) == 32

    def new_key(self, *, only_if_due: bool) -> bool:
        """Change the device's key; return whether it was changed."""
        device = f"Device {self.device_id}.{self.device_key}"
        given = str(self.post("/api/station/key", {"only_if_due": only_if_due}, device)["device_key"])
        self.device_key = given or self.device_key
        return bool(given)

    def take_back(self, run_id: str, version: str) -> None:
        """Tell the server that who played a run took the consent back."""
        told = {"kind": "run", "subject": run_id, "purpose": "recording", "version": version, "given": False}
        self.post("/api/station/consent", told, f"Device {self.device_id}.{self.device_key}")

    def bundle(self) -> dict[str, object]:
        headers = {"Authorization": f"Device {self.device_id}.{self.device_key}"}
        with self.opener.open(
            urllib.request.Request(self.server + "/api/station/bundle", headers=headers), timeout=10
        ) as reply:
            answer: dict[str, object] = json.load(reply)
        return answer

    def socket(self, path: str, purpose: str) -> connect:
        device = f"Device {self.device_id}.{self.device_key}"
        granted = self.post("/api/station/pass", {"purpose": purpose}, device)
        return connect(
            "ws" + self.server.removeprefix("http") + path,
            ssl=self.tls,
            additional_headers={"Authorization": f"SocketPass {granted['pass']}"},
            compression=None,
            max_size=65536,
            ping_interval=5,
            ping_timeout=5,
            proxy=None,
        )

    def seal(self, content: bytes) -> str:
        return base64.b64encode(SealedBox(PublicKey(self.city)).encrypt(content)).decode()

    # --- upload

    async def upload(
        self, run: Run, *, as_json: bool = False, cut_after: int | None = None, complete: bool = True
    ) -> bool:
        """Upload a run and return whether DONE came. `cut_after` tears the connection after so many batches."""
        async with self.socket("/ws/upload", "upload") as socket:
            header = json.dumps(run.header).encode()
            hello = {
                "type": "hello",
                "proto": "sonae-wire/1",
                "run_id": run.run_id,
                "first_seq": 0,
                "next_seq": len(run.batches),
                "header": base64.b64encode(header).decode() if as_json else self.seal(header),
                "sealed": not as_json,
            }
            await socket.send(json.dumps(hello))
            welcome = await self.hear(socket, "welcome")
            w = int(welcome["w"])  # type: ignore[call-overload]  # a value of JSON
            window = int(welcome["max_inflight_bytes"])  # type: ignore[call-overload]  # a value of JSON
            if not as_json and w < len(run.batches):
                segment = {"type": "segment", "segment": 1, "key": self.seal(run.key)}
                await socket.send(json.dumps(segment))
            frames = [run.json_frame(i) if as_json else run.binary_frame(i) for i in range(len(run.batches))]
            run.crcs = [zlib.crc32(f.encode()) if isinstance(f, str) else zlib.crc32(f[40:]) for f in frames]
            sent = w
            while w < len(frames):
                while sent < len(frames) and (sent == w or sum(map(len, frames[w : sent + 1])) <= window):
                    if cut_after is not None and sent >= cut_after:
                        socket.transport.abort()
                        return False
                    await socket.send(frames[sent])
                    sent += 1
                answer = await self.hear(socket, "ack", "nack")
                if answer["type"] == "nack":
                    sent = int(answer["expected"])  # type: ignore[call-overload]  # a value of JSON
                else:
                    w = max(w, int(answer["w"]))  # type: ignore[call-overload]  # a value of JSON
                    run.seen_w.append(w)
            await socket.send(json.dumps(run.end(complete=complete)))
            done = await self.hear(socket, "done")
            assert done["run_id"] == run.run_id
            assert done["w"] == len(frames)
            return True

    async def hear(self, socket: ClientConnection, *kinds: str) -> dict[str, object]:
        """Return the next message of one of these types; older acknowledgements are passed over."""
        while True:
            async with asyncio.timeout(30):
                message: dict[str, object] = json.loads(await socket.recv())
            if message["type"] in kinds:
                return message
            if message["type"] == "error" and message["code"]:
                raise RefusedError(int(message["code"]), str(message["message"]))  # type: ignore[call-overload]  # a value of JSON

    # --- control

    async def exchange_time(self, socket: ClientConnection) -> tuple[float, float]:
        """Return the server's clock minus ours and its uncertainty, seconds."""
        t0 = time.monotonic_ns() // 1000
        await socket.send(json.dumps({"type": "time", "t0": t0}))
        reply = await self.hear(socket, "time_reply")
        t3 = time.monotonic_ns() // 1000
        assert reply["t0"] == t0
        t1, t2 = int(reply["t1"]), int(reply["t2"])  # type: ignore[call-overload]  # a value of JSON
        return ((t1 - t0) + (t2 - t3)) / 2e6, ((t3 - t0) - (t2 - t1)) / 2e6


@dataclass
class Run:
    """A run that a stranger plays."""

    header: dict[str, object]
    batches: list[Batch]
    run_id: str = field(default_factory=lambda: secrets.token_hex(16))
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    crcs: list[int] = field(default_factory=list)
    seen_w: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.header = {**self.header, "run_id": self.run_id}

    def binary_frame(self, seq: int) -> bytes:
        """Return a batch as a DATA frame, sealed in segment 1."""
        batch = self.batches[seq]
        fields = (b"SND1", seq, CHANNELS.index(batch.channel), 1, 0, 1, batch.t0_us, batch.n, len(batch.payload) + 16)
        bound = bytes.fromhex(self.run_id) + HEADER.pack(*fields, 0)[:36]
        nonce = struct.pack("<IQ", 1, seq) + bytes(12)
        sealed = crypto_aead_xchacha20poly1305_ietf_encrypt(batch.payload, bound, nonce, self.key)
        return HEADER.pack(*fields, zlib.crc32(sealed)) + sealed

    def json_frame(self, seq: int) -> str:
        """Return a batch as JSON."""
        batch = self.batches[seq]
        message: dict[str, object] = {
            "type": "data",
            "seq": seq,
            "channel": batch.channel,
            "t0_us": batch.t0_us,
            "n": batch.n,
        }
        if batch.records:
            message["records"] = batch.records
        else:
            message["columns"] = batch.columns
        return json.dumps(message)

    def end(self, *, complete: bool = True) -> dict[str, object]:
        """Return END."""
        rows: dict[str, int] = {}
        for batch in self.batches:
            rows[batch.channel] = rows.get(batch.channel, 0) + batch.n
        digest = hashlib.sha256(b"".join(struct.pack("<I", c) for c in self.crcs)).hexdigest()
        return {"type": "end", "batches": len(self.batches), "rows": rows, "hash": digest, "complete": complete}
