"""Amplitude's property operations and what is known about repeating them.

Source: https://amplitude.com/docs/apis/analytics/identify ("User Property Operations").
"""

from __future__ import annotations

import typing as t

REPEATABLE: t.Final = ("$set", "$setOnce", "$preInsert", "$postInsert", "$remove")
"""Operations whose second application changes nothing. `$unset` and `$clearAll` are too, but take no columns."""

UNREPEATABLE: t.Final = ("$add", "$append", "$prepend")
"""Operations that a repeated delivery would apply twice."""

COLUMN_OPERATIONS: t.Final = REPEATABLE + UNREPEATABLE
LIST_OPERATIONS: t.Final = frozenset({"$preInsert", "$postInsert", "$remove", "$append", "$prepend"})

UNSET: t.Final = "$unset"
CLEAR_ALL: t.Final = "$clearAll"
PLACEHOLDER: t.Final = "-"
"""What `$unset` and `$clearAll` carry as a value, by convention of the vendor's own libraries."""

ALL_OPERATIONS: t.Final = (*COLUMN_OPERATIONS, UNSET, CLEAR_ALL)
