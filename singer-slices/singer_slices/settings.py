"""The settings that every tap over HTTP has."""

from __future__ import annotations

import typing as t

from singer_sdk import typing as th

_MOST_PARALLEL = 64  # threads; a vendor that bears more is not known


def common_settings(
    *,
    api_url: str | None,
    page_size: int,
    slice_days: str,
    lookback_days: str,
    day_zone: str,
    api_url_default: str = "",
    parallel_requests: int = 1,
) -> list[th.Property[t.Any]]:
    """The common settings with one vendor's defaults.

    Args:
        api_url: the vendor's default address; None where it depends on another setting.
        page_size: the vendor's largest page.
        slice_days: the defaults per stream in words.
        lookback_days: the defaults per stream in words.
        day_zone: whose zone dates without an offset are in, in words.
        api_url_default: the default address in words, where it depends on another setting.
        parallel_requests: how many requests are under way at once by default.
    """
    per_stream = th.CustomType({"type": ["integer", "object", "null"], "additionalProperties": {"type": "integer"}})
    return [
        *_time_settings(slice_days, lookback_days, day_zone, per_stream),
        *_request_settings(api_url, api_url_default, page_size, parallel_requests),
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


def _request_settings(
    api_url: str | None, api_url_default: str, page_size: int, parallel_requests: int
) -> list[th.Property[t.Any]]:
    return [
        th.Property(
            "api_url",
            th.StringType,
            default=api_url,
            title="API URL",
            description=(
                "The address of the vendor's API." + (f" Default: {api_url_default}." if api_url_default else "")
            ),
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
            th.CustomType({"type": ["integer", "null"], "minimum": 1, "maximum": _MOST_PARALLEL}),
            default=parallel_requests,
            title="Parallel requests",
            description=(
                f"Requests under way at once, 1 … {_MOST_PARALLEL}: over the slices and partitions of a stream. The "
                "vendor's quota holds for all of them together."
            ),
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
                "Fields to replace by their HMAC-SHA256: field, stream.field, or a dotted path into nested objects; "
                "fields that are made of them are hashed with them. Needs hash_salt."
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
