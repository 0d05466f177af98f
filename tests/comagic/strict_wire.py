"""How the strict vendor's answers travel: plainly, or with every quirk that HTTP allows and networks add."""

from __future__ import annotations

import dataclasses
import gzip
import http.server
import json
import socket
import struct
import time
import typing as t

if t.TYPE_CHECKING:
    from strict_vendor import Vendor

Kind = t.Literal["status", "html", "truncated", "cut", "reset", "stall", "empty", "body"]
_HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@dataclasses.dataclass
class Fault:
    """What goes wrong with the next `times` requests of `method`, after `after` good ones. One follows the other."""

    kind: Kind
    method: str | None = None
    after: int = 0
    times: int = 1
    status: int = 502
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    body: bytes = _HTML
    seconds: float = 0.0


def answer_with(handler: http.server.BaseHTTPRequestHandler, vendor: Vendor) -> None:
    """Read the request, let the vendor judge it, send what the faults leave of the answer."""
    length = handler.headers.get("Content-Length", "")
    if not length.isdigit():
        _send(handler, 411, b"")
        return
    body = handler.rfile.read(int(length))
    media = (handler.headers.get("Content-Type") or "").lower().replace(" ", "")
    if handler.path != "/v2.0" or media not in {"application/json", "application/json;charset=utf-8"}:
        _send(handler, 404 if handler.path != "/v2.0" else 415, _HTML)
        return
    method = str(json.loads(body).get("method"))
    fault = _due(vendor, method)
    if fault and fault.kind in {"status", "html", "empty", "body", "reset", "stall"}:
        vendor.note(method, fault.kind)
        _misbehave(handler, fault)
        return
    document = vendor.handle(body, dict(handler.headers.items()))
    answer = json.dumps(document, ensure_ascii=False).encode()
    if fault and fault.kind == "truncated":
        _send(handler, 200, answer[: len(answer) * 2 // 3])
    elif fault and fault.kind == "cut":
        _send(handler, 200, answer[: len(answer) // 2], {"Content-Length": str(len(answer)), "Connection": "close"})
        handler.close_connection = True
    else:
        _deliver(handler, vendor.wire, vendor.error_status if "error" in document else 200, answer)


def _due(vendor: Vendor, method: str) -> Fault | None:
    """The first fault that is not over yet, if its time has come."""
    fault = next((fault for fault in vendor.faults if fault.times > 0 and fault.method in {None, method}), None)
    if fault is None:
        return None
    if fault.after > 0:
        fault.after -= 1
        return None
    fault.times -= 1
    return fault


def _misbehave(handler: http.server.BaseHTTPRequestHandler, fault: Fault) -> None:
    if fault.kind == "reset":
        linger = struct.pack("ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        handler.close_connection = True
    elif fault.kind == "stall":
        time.sleep(fault.seconds)
        handler.close_connection = True
    else:
        status = fault.status if fault.kind == "status" else 200
        _send(handler, status, b"" if fault.kind == "empty" else fault.body, fault.headers)


def _deliver(handler: http.server.BaseHTTPRequestHandler, wire: str, status: int, body: bytes) -> None:
    if wire == "gzip":
        _send(handler, status, gzip.compress(body), {"Content-Encoding": "gzip"})
    elif wire == "chunked":
        _send_chunked(handler, status, body, 0.0)
    elif wire == "slow":
        _send_chunked(handler, status, body, 0.05)
    elif wire == "closing":  # keep-alive promised, connection closed
        _send(handler, status, body)
        handler.close_connection = True
    else:
        _send(handler, status, body)


def _send(
    handler: http.server.BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None
) -> None:
    handler.send_response(status)
    for name, value in {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **(headers or {}),
    }.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def _send_chunked(handler: http.server.BaseHTTPRequestHandler, status: int, body: bytes, pause: float) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json; charset=UTF-8")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    step = max(len(body) // 7, 1)
    for start in range(0, len(body), step):
        part = body[start : start + step]
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        handler.wfile.flush()
        time.sleep(pause)
    handler.wfile.write(b"0\r\n\r\n")
