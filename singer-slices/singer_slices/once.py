"""A value that is worked out once, whichever thread asks first."""

from __future__ import annotations

import threading
import typing as t

T = t.TypeVar("T")
Owner = t.TypeVar("Owner")


class once(t.Generic[Owner, T]):  # noqa: N801 - read as a decorator, like property
    """`functools.cached_property` with a lock, which the standard library's lacks from Python 3.12 on.

    For what may exist only once a run: a client with its session, the vendor's account.
    """

    def __init__(self, work: t.Callable[[Owner], T]) -> None:
        self._work = work
        self._lock = threading.RLock()
        self.__doc__ = work.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @t.overload
    def __get__(self, instance: None, owner: type) -> t.Self: ...

    @t.overload
    def __get__(self, instance: Owner, owner: type) -> T: ...

    def __get__(self, instance: Owner | None, owner: type) -> T | t.Self:
        if instance is None:
            return self
        with self._lock:
            if self._name not in instance.__dict__:
                instance.__dict__[self._name] = self._work(instance)
            return t.cast("T", instance.__dict__[self._name])
