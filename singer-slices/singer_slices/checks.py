"""What is wrong with given settings, one line for each that is."""

from __future__ import annotations

import datetime as dt
import difflib
import typing as t
import urllib.parse

import jsonschema

from singer_slices.times import parse_day_border

Problem = str
_FUTURE_SLACK = dt.timedelta(hours=14)  # a date without an offset may be that far ahead of UTC
_FUTURE_END = dt.timedelta(days=2)  # "up to tomorrow" is a usual way to say "all of today"


def schema_problems(config: t.Mapping[str, t.Any], schema: t.Mapping[str, t.Any]) -> dict[str, Problem]:
    """Setting → what is wrong with it, for those that are unknown or of a wrong type. Never shows a secret's value."""
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


def request_problems(config: t.Mapping[str, t.Any]) -> list[Problem]:
    """What is wrong with the settings from which every request is made."""
    problems: list[Problem] = []
    if (url := config.get("api_url")) is not None and not _is_web_address(url):
        problems.append(f"api_url: {url!r} is no address; write it like 'https://api.example.com/v1'")
    agent = config.get("user_agent") or ""
    if not (agent.isascii() and agent.isprintable()):
        problems.append(f"user_agent: {agent!r} must be plain ASCII text on one line")
    return problems


def _is_web_address(url: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number
        return False
