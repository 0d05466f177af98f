"""Chance without state: numbers that depend on nothing but the seed and a name."""

from __future__ import annotations

import hashlib
import struct
import typing as t

FACES: t.Final = 1 << 32
T = t.TypeVar("T")

Dice = tuple[int, ...]
_unpack = struct.Struct("<16I").unpack


def throw(*name: object) -> Dice:
    """Sixteen numbers below 2**32, always the same for the same name."""
    return _unpack(hashlib.blake2b(repr(name).encode(), digest_size=64).digest())


def below(face: int, limit: int) -> int:
    """A number from 0 to below a limit."""
    return face * limit // FACES


def chance(face: int, percent: float) -> bool:
    """True in a given percentage of the cases."""
    return face * 100 < percent * FACES


def between(face: int, low: int, high: int) -> int:
    """A number from low to high, both included."""
    return low + below(face, high - low + 1)


def pick(face: int, choices: t.Sequence[T]) -> T:
    """One of some choices."""
    return choices[below(face, len(choices))]
