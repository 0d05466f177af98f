"""SQL that turns the text of a JSON value into a typed value, or into NULL if it does not fit.

DuckDB's own conversions are generous: 5.5 becomes the integer 6, a date-time loses its time in a DATE column, 1e400
becomes infinity. Here nothing changes its value: what does not fit is NULL, and `checked` makes an error of that.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from target_duckdb.types import BIGINT, BOOLEAN, DATE, DOUBLE, HUGEINT, TIMESTAMPTZ, is_nested

UNFIT = "value does not fit its column"
"""The text of the error that `checked` raises inside DuckDB."""

# 5 and 5.0; never 5.5 or true.
_INTEGER = r"-?[0-9]+(\.0+)?"
# What DuckDB's JSON reader prints for large floats: 1e+18, which may leave a fraction, as 1.23e+1 does.
_POWER = r"-?[0-9](\.[0-9]+)?e\+[0-9]+"
# A day, or the midnight that some taps write for a day.
_DAY = r"-?[0-9]{4,6}-[0-9]{1,2}-[0-9]{1,2}([T ]00:00(:00(\.0+)?)?(Z|[+-]00:?00)?)?"
_NO_SECONDS = r"^([^T ]+[T ][0-9]{2}:[0-9]{2})(Z|[+-][0-9:]+)?$"
# A decimal as Python (0E-10, 1E+3) and DuckDB's JSON reader (1e-07) print it.
_WITH_EXPONENT = r"[+-]?[0-9]+(\.[0-9]*)?[eE][+-]?[0-9]+"
_SURE_DIGITS = 15
# A double cannot tell this number from the next one; below it every whole number is exact.
_NOT_EXACT = 2**53


def read_type(sql_type: str) -> str:
    """The type under which `read_json` reads a column: text for scalars, so that nothing is converted unseen."""
    return sql_type if sql_type == "JSON" or is_nested(sql_type) else "VARCHAR"


def fitted(column: str, sql_type: str, *, distinct: bool = False) -> str:
    """An expression of the type, NULL where the text does not fit.

    Args:
        column: The column as read, quoted.
        sql_type: The type wanted.
        distinct: A DOUBLE column may only take numbers below 2^53, where every whole number is a double of its own.
    """
    if sql_type == DOUBLE and distinct:
        return f"CASE WHEN abs(TRY_CAST({column} AS DOUBLE)) < {_NOT_EXACT} THEN {_double(column)} END"
    if sql_type.startswith("DECIMAL") and not is_nested(sql_type):
        return _decimal(column, sql_type)
    return _FITTED.get(sql_type, str)(column)


def checked(column: str, sql_type: str, *, distinct: bool = False) -> str:
    """Like `fitted`, but a value that does not fit is an error."""
    expression = fitted(column, sql_type, distinct=distinct)
    if expression == column:
        return column
    return f"CASE WHEN {column} IS NOT NULL THEN coalesce({expression}, error('{UNFIT}')) END"


def _integer(column: str, sql_type: str) -> str:
    cast = f"TRY_CAST({column} AS DOUBLE)"
    power = f"regexp_full_match({column}, '{_POWER}') AND {cast} = trunc({cast})"
    whole = f"regexp_full_match({column}, '{_INTEGER}') OR {power}"
    return f"CASE WHEN {whole} THEN TRY_CAST({column} AS {sql_type}) END"


def _double(column: str) -> str:
    cast = f"TRY_CAST({column} AS DOUBLE)"
    # To DuckDB, 1_0 is the number 10.
    return f"CASE WHEN isfinite({cast}) AND NOT contains({column}, '_') THEN {cast} END"


def _boolean(column: str) -> str:
    return f"CASE WHEN {column} IN ('true', '1') THEN true WHEN {column} IN ('false', '0') THEN false END"


def _day(column: str) -> str:
    return f"CASE WHEN regexp_full_match({column}, '{_DAY}') THEN TRY_CAST({column} AS DATE) END"


def _moment(column: str) -> str:
    # DuckDB wants seconds and capitals; ISO 8601 allows a time without, RFC 3339 small letters.
    mended = f"TRY_CAST(regexp_replace(upper({column}), '{_NO_SECONDS}', '\\1:00\\2') AS {TIMESTAMPTZ})"
    moment = f"coalesce(TRY_CAST({column} AS {TIMESTAMPTZ}), {mended})"
    # To DuckDB, the word "epoch" is a moment.
    return f"CASE WHEN isfinite({moment}) AND regexp_matches({column}, '[0-9]') THEN {moment} END"


def _decimal(column: str, sql_type: str) -> str:
    """Exact texts only; with an exponent, those whose digits end before the last place that the type has.

    Up to 15 digits it is simpler: no two such numbers are the same double, so a rounded one is found out.
    """
    scale = re.split(r"[,)]", sql_type)[1]
    cast = f"TRY_CAST({column} AS {sql_type})"
    exact = f"regexp_full_match({column}, '[+-]?[0-9]*(\\.[0-9]{{0,{scale}}}0*)?')"
    fraction = f"length(rtrim(regexp_extract({column}, '\\.([0-9]+)', 1), '0'))"
    places = f"{fraction} - TRY_CAST(regexp_extract({column}, '[eE]([+-]?[0-9]+)$', 1) AS INTEGER) <= {scale}"
    few_digits = f"length(regexp_replace(regexp_extract({column}, '^[^eE]*'), '[^0-9]', '', 'g')) <= {_SURE_DIGITS}"
    same_float = f"{few_digits} AND CAST({cast} AS DOUBLE) = TRY_CAST({column} AS DOUBLE)"
    power = f"(regexp_full_match({column}, '{_WITH_EXPONENT}') AND (({same_float}) OR {places}))"
    return f"CASE WHEN {exact} OR {power} THEN {cast} END"


_FITTED: dict[str, Callable[[str], str]] = {
    BIGINT: lambda column: _integer(column, BIGINT),
    HUGEINT: lambda column: _integer(column, HUGEINT),
    DOUBLE: _double,
    BOOLEAN: _boolean,
    DATE: _day,
    TIMESTAMPTZ: _moment,
}
