"""Paging: what a page holds, what faults make of it, and the envelope of listings.

Envelope: https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/ (…EntityListing).
"""

from __future__ import annotations

import base64
import binascii
import typing as t
import urllib.parse

from sandbox.faults import Rule
from sandbox.genesys.call import Call, Reply
from sandbox.genesys.errors import bad_request
from sandbox.genesys.examples import Row
from sandbox.genesys.fields import Body, refuse_unknown, whole

DEFAULT_SIZE: t.Final = 25
MANY_PAGES: t.Final = 2
T = t.TypeVar("T")


def cut(rows: t.Sequence[T], offset: int, size: int, rule: Rule | None) -> t.Sequence[T]:
    """The rows of a page, or what a fault makes of them."""
    kind = rule.kind if rule else None
    if kind == "duplicate_page":
        offset = max(0, offset - size)
    elif kind == "shifted_page" and rule:
        offset = max(0, offset - rule.shift)
    elif kind == "empty_page":
        return []
    page = rows[offset : offset + size]
    if kind == "short_page" and rule:
        return page[: len(page) // 2 if rule.keep is None else rule.keep]
    return page


def off(total: int, rule: Rule | None) -> int:
    """A total, or what a fault makes of it."""
    return max(0, total + rule.delta) if rule and rule.kind == "total_items" else total


def body_paging(body: Body, depth: int, most: int = 100) -> tuple[int, int]:
    """Page size and number of a details query.

    Raises:
        ApiError: 400: no numbers, too large, or too deep.
    """
    paging = body.get("paging") or {}
    if not isinstance(paging, dict):
        raise bad_request("paging must be an object with pageSize and pageNumber.")
    refuse_unknown(paging, {"pageSize", "pageNumber"}, "member of paging")
    size = whole(paging.get("pageSize", DEFAULT_SIZE), "paging.pageSize", 1, most)
    number = whole(paging.get("pageNumber", 1), "paging.pageNumber", 1)
    if size * number > depth:
        raise bad_request(
            f"Pagination may not exceed {depth} results. Tip: use smaller intervals to reduce the number of results."
        )
    return size, number


def listing(
    call: Call,
    rows: t.Sequence[Row],
    *,
    most: int = 100,
    bare_uris: bool = False,
    next_uri: bool = True,
    counts: bool = True,
) -> Reply:
    """A page of a listing that counts its pages.

    Args:
        call: the request, with ``pageSize`` and ``pageNumber``.
        rows: all rows.
        most: largest page.
        bare_uris: the links carry only size and number, not what else was asked.
        next_uri: whether the listing has links at all.
        counts: whether it tells how many rows and pages there are.

    Raises:
        ApiError: 400: no numbers, or too large.
    """
    size = whole(call.one("pageSize") or DEFAULT_SIZE, "pageSize", 1, most)
    number = whole(call.one("pageNumber") or 1, "pageNumber", 1)
    pages = -(-len(rows) // size)
    page = cut(rows, (number - 1) * size, size, call.rule)
    body: Row = {"entities": page, "pageSize": size, "pageNumber": number}
    if next_uri:
        body |= _links(call, size, number, pages, bare_uris=bare_uris)
    if counts:
        body |= {"total": off(len(rows), call.rule), "pageCount": pages}
    else:
        body.pop("lastUri", None)
    return Reply(body, rows=len(page))


def _links(call: Call, size: int, number: int, pages: int, *, bare_uris: bool) -> Row:
    def uri(page: int) -> str:
        own = {} if bare_uris else {k: v for k, v in call.query.items() if k not in {"pageSize", "pageNumber"}}
        query = urllib.parse.urlencode(
            {"pageSize": size, "pageNumber": page, **own}, doseq=True, quote_via=urllib.parse.quote
        )
        return f"{call.path}?{query}"

    links = {"firstUri": uri(1), "selfUri": uri(number), "lastUri": uri(max(1, pages))}
    if number < pages:
        links["nextUri"] = uri(number + 1)
    if 1 < number <= pages:
        links["previousUri"] = uri(number - 1)
    return links


def cursor_listing(call: Call, rows: t.Sequence[Row], *, most: int = 100) -> Reply:
    """A page of a listing that goes on by ``after`` (or back by ``before``), without numbers or totals.

    Raises:
        ApiError: 400: no number, too large, or a cursor that was never given out.
    """
    size = whole(call.one("pageSize") or DEFAULT_SIZE, "pageSize", 1, most)
    offset = 0
    if after := call.one("after"):
        offset = read_cursor(after, call.path)
    elif before := call.one("before"):
        offset = max(0, read_cursor(before, call.path) - size)
    page = cut(rows, offset, size, call.rule)
    body: Row = {"entities": page, "selfUri": _cursor_uri(call, size, offset, "after") if offset else call.path}
    if offset + size < len(rows):
        body["nextUri"] = _cursor_uri(call, size, offset + size, "after")
    if offset:
        body["previousUri"] = _cursor_uri(call, size, offset, "before")
    return Reply(body, rows=len(page))


def _cursor_uri(call: Call, size: int, offset: int, name: str) -> str:
    return f"{call.path}?{urllib.parse.urlencode({'pageSize': size, name: make_cursor(call.path, offset)})}"


def make_cursor(scope: str, offset: int) -> str:
    """An opaque cursor, with characters that must be escaped in an address."""
    return base64.b64encode(f"{offset}>?~{scope}".encode()).decode()


def read_cursor(text: str, scope: str) -> int:
    """The place that a cursor of this scope stands for.

    Raises:
        ApiError: 400: it is none.
    """
    try:
        offset, _, found = base64.b64decode(text, validate=True).decode().partition(">?~")
    except (binascii.Error, UnicodeDecodeError):
        offset, found = "", ""
    if found != scope or not offset.isdigit():
        raise bad_request("Invalid cursor.", "invalid.value")
    return int(offset)
