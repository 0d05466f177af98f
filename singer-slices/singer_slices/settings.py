"""The settings that every tap over HTTP has, and how a wrong one is told."""

from __future__ import annotations

import datetime as dt
import difflib
import typing as t

import jsonschema
from singer_sdk import typing as th

from singer_slices.times import parse_day_border

Problem = str
_FUTURE_SLACK = dt.timedelta(hours=14)  # a date without an offset may be that far ahead of UTC
_FUTURE_END = dt.timedelta(days=2)  # "up to tomorrow" is a usual way to say "all of today"


def common_settings(
    *,
    api_url: str,
    page_size: int,
    slice_days: str,
    lookback_days: str,
    day_zone: str,
) -> list[th.Property[t.Any]]:
    """The common settings with one vendor's defaults.

    Args:
        api_url: the vendor's default address.
        page_size: the vendor's largest page.
        slice_days: the defaults per stream in words.
        lookback_days: the defaults per stream in words.
        day_zone: whose zone dates without an offset are in, in words.
    """
    per_stream = th.CustomType({"type": ["integer", "object", "null"], "additionalProperties": {"type": "integer"}})
    return [
        *_time_settings(slice_days, lookback_days, day_zone, per_stream),
        *_request_settings(api_url, page_size),
        *_record_settings(),
    ]


def _time_settings(
    slice_days: str, lookback_days: str, day_zone: str, per_stream: th.CustomType
) -> list[th.Property[t.Any]]:
    return [
        th.Property(
            "start_date",
            th.StringType,
            title="Start date",
            description=(
                f"The first day or time to read, inclusive. Without an offset it is in {day_zone}. Required to sync."
            ),
        ),
        th.Property(
            "end_date",
            th.StringType,
            title="End date",
            description=(
                f"The end of what is read, exclusive. Without an offset it is in {day_zone}. Default: as far as there "
                "is data."
            ),
        ),
        th.Property(
            "backfill",
            th.BooleanType,
            default=False,
            title="Backfill",
            description="Read start_date … end_date again and leave the stored bookmarks as they are. Needs end_date.",
        ),
        th.Property(
            "lookback_days",
            per_stream,
            title="Look-back days",
            description=(
                "Days before the bookmark that every run reads again, because the vendor changes old rows: a number, "
                f"or an object stream → days. Default: {lookback_days}."
            ),
        ),
        th.Property(
            "slice_days",
            per_stream,
            title="Slice days",
            description=(
                f"Days that are asked for at once: a number, or an object stream → days. Default: {slice_days}."
            ),
        ),
        th.Property(
            "sync_until",
            th.StringType,
            default="now",
            allowed_values=["now", "last_complete_day"],
            title="Sync until",
            description="Read up to now, or up to the end of the last complete day.",
        ),
        th.Property(
            "day_border",
            th.StringType,
            default="00:00",
            title="Day border",
            description=(
                "The time of day, HH:MM in the source's zone, at which a day begins for slices and for sync_until."
            ),
        ),
    ]


def _request_settings(api_url: str, page_size: int) -> list[th.Property[t.Any]]:
    return [
        th.Property(
            "api_url", th.StringType, default=api_url, title="API URL", description="The address of the vendor's API."
        ),
        th.Property(
            "user_agent",
            th.StringType,
            title="User agent",
            description="The User-Agent header of every request. Default: the tap's name and version.",
        ),
        th.Property(
            "page_size",
            th.CustomType({"type": ["integer", "null"], "minimum": 1, "maximum": page_size}),
            default=page_size,
            title="Page size",
            description=f"Rows a request asks for, 1 … {page_size}.",
        ),
        th.Property(
            "max_parallel_requests",
            th.CustomType({"type": ["integer", "null"], "minimum": 1, "maximum": 1}),
            default=1,
            title="Parallel requests",
            description="Requests under way at once. This version makes one at a time.",
        ),
        th.Property(
            "request_timeout",
            th.CustomType({"type": ["number", "null"], "exclusiveMinimum": 0}),
            default=300,
            title="Request timeout",
            description="Seconds without a byte after which a request is given up and tried again.",
        ),
        th.Property(
            "max_retries",
            th.CustomType({"type": ["integer", "null"], "minimum": 0}),
            default=5,
            title="Retries",
            description="How often a request is repeated after a failure that may pass.",
        ),
        th.Property(
            "max_wait_seconds",
            th.CustomType({"type": ["number", "null"], "minimum": 0}),
            default=300,
            title="Longest wait",
            description=(
                "The longest wait for the vendor's quota in seconds. A longer one ends the run with exit code 4 and a"
                " saved state."
            ),
        ),
    ]


def _record_settings() -> list[th.Property[t.Any]]:
    return [
        th.Property(
            "account_id",
            th.StringType,
            title="Account label",
            description=(
                "A label of your own that is put on every record and becomes the first part of every key, so that "
                "several accounts share a warehouse."
            ),
        ),
        th.Property(
            "unknown_fields",
            th.StringType,
            default="drop",
            allowed_values=["drop", "keep"],
            title="Unknown fields",
            description=(
                "What happens to fields that this version does not know: drop them (named once in the log), or keep "
                "top-level ones under _extra."
            ),
        ),
        th.Property(
            "hash_fields",
            th.ArrayType(th.StringType),
            title="Hashed fields",
            description=(
                "Fields to replace by their HMAC-SHA256: field, stream.field, or a dotted path into nested objects. "
                "Needs hash_salt."
            ),
        ),
        th.Property(
            "hash_salt",
            th.StringType,
            secret=True,
            title="Hash salt",
            description="The key of the HMAC for hash_fields. Keep it: another key gives other hashes.",
        ),
        th.Property(
            "known_unavailable",
            th.ArrayType(th.StringType),
            title="Known unavailable",
            description=(
                "Streams (stream or stream@partition) that the vendor is known not to give to this account. They are "
                "skipped and do not change the exit code."
            ),
        ),
        th.Property(
            "summary_path",
            th.StringType,
            title="Summary path",
            description="A file into which the run's summary is written as JSON.",
        ),
    ]


# Telling what is wrong


def schema_problems(config: t.Mapping[str, t.Any], schema: t.Mapping[str, t.Any]) -> dict[str, Problem]:
    """Setting → what is wrong with it, for settings that are unknown or of a wrong type. Never shows a secret's value."""
    properties: t.Mapping[str, t.Mapping[str, t.Any]] = schema["properties"]
    problems = {name: _unknown(name, properties) for name in config if name not in properties}
    validator = jsonschema.Draft202012Validator({**schema, "additionalProperties": True})
    errors = sorted(validator.iter_errors(dict(config)), key=lambda error: [str(part) for part in error.path])
    for error in errors:
        problems.setdefault(str(error.path[0]) if error.path else "settings", _wrong_value(error, properties))
    return problems


def _unknown(name: str, properties: t.Collection[str]) -> Problem:
    near = difflib.get_close_matches(name, properties, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "see --about for the settings there are"
    return f"unknown setting {name!r}; {hint}"


def _wrong_value(error: jsonschema.ValidationError, properties: t.Mapping[str, t.Mapping[str, t.Any]]) -> Problem:
    if not error.path:
        return f"settings: {error.message}"
    name = str(error.path[0])
    where = ".".join(str(part) for part in error.path)
    secret = properties.get(name, {}).get("secret", False)
    value = "the value" if secret else repr(error.instance)
    if error.validator == "type":
        wanted = [kind for kind in _as_list(error.validator_value) if kind != "null"]
        return f"{where}: {value} must be of type {' or '.join(wanted)}"
    if error.validator == "enum":
        allowed = ", ".join(repr(option) for option in _as_list(error.validator_value) if option is not None)
        return f"{where}: {value} must be one of {allowed}"
    if error.validator in {"minimum", "maximum", "exclusiveMinimum"}:
        bound = {"minimum": "at least", "maximum": "at most", "exclusiveMinimum": "above"}[str(error.validator)]
        return f"{where}: {value} must be {bound} {error.validator_value}"
    return f"{where}: {'the value is not valid' if secret else error.message}"


def _as_list(value: t.Any) -> list[t.Any]:
    return value if isinstance(value, list) else [value]


def time_problems(config: t.Mapping[str, t.Any], now: dt.datetime) -> list[Problem]:
    """What is wrong with the time settings as far as it shows without knowing the source's zone."""
    problems: list[Problem] = []
    start = _moment(config, "start_date", problems)
    end = _moment(config, "end_date", problems)
    if start is None and "start_date" not in " ".join(problems):
        problems.append("start_date is missing: give the first day to read, like '2026-01-01'")
    if config.get("backfill") and not config.get("end_date"):
        problems.append("backfill needs end_date: the range to read again is start_date … end_date")
    if start and _as_utc(start) > now + _FUTURE_SLACK:
        problems.append(f"start_date {config['start_date']} lies in the future")
    if end and _as_utc(end) > now + _FUTURE_END:
        problems.append(f"end_date {config['end_date']} lies in the future; leave it out to read up to now")
    if start and end and (start.tzinfo is None) == (end.tzinfo is None) and start >= end:
        problems.append(
            f"start_date {config['start_date']} is not before end_date {config['end_date']}; swap or correct them"
        )
    try:
        parse_day_border(str(config.get("day_border") or "00:00"))
    except ValueError:
        problems.append(f"day_border: {config['day_border']!r} is no time of day; write it like '04:00'")
    return problems


def _moment(config: t.Mapping[str, t.Any], name: str, problems: list[Problem]) -> dt.datetime | None:
    value = config.get(name)
    if not value:
        return None
    try:
        return dt.datetime.fromisoformat(value)
    except ValueError:
        problems.append(
            f"{name}: {value!r} is neither a date nor a time; write it like '2026-01-31' or '2026-01-31T10:00:00+03:00'"
        )
        return None


def _as_utc(moment: dt.datetime) -> dt.datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def stream_problems(
    config: t.Mapping[str, t.Any], streams: t.Collection[str], sliced: t.Mapping[str, int]
) -> list[Problem]:
    """What is wrong with the settings that name streams.

    Args:
        config: the settings.
        streams: all stream names.
        sliced: time-ranged stream → the most days that one of its slices may have.
    """
    problems: list[Problem] = []
    for name in ("lookback_days", "slice_days"):
        value = config.get(name)
        least = 0 if name == "lookback_days" else 1
        for stream, days in value.items() if isinstance(value, dict) else [(None, value)]:
            where = f"{name}.{stream}" if stream else name
            if stream is not None and stream not in sliced:
                problems.append(
                    f"{where}: there is no stream {stream!r} with a time; there are {', '.join(sorted(sliced))}"
                )
            elif days is not None and days < least:
                problems.append(f"{where}: {days} must be at least {least}")
            elif name == "slice_days" and days is not None and days > (most := _most(stream, sliced)):
                problems.append(f"{where}: {days} is more than the vendor allows; at most {most}")
    problems += [
        f"known_unavailable: there is no stream {pattern!r}; there are {', '.join(sorted(streams))}"
        for pattern in config.get("known_unavailable") or ()
        if pattern.partition("@")[0] not in streams
    ]
    if config.get("hash_fields") and not config.get("hash_salt"):
        problems.append("hash_fields needs hash_salt: without a key the hashes could be guessed back")
    return problems


def _most(stream: str | None, sliced: t.Mapping[str, int]) -> int:
    return sliced[stream] if stream is not None else max(sliced.values(), default=1)
