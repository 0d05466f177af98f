"""Local servers that are as hard to please as the vendors whose API they stand for.

Start one with ``sandbox serve`` or, from a test, with :func:`sandbox.testing.start_sandbox`.
"""

from __future__ import annotations

__version__ = "0.1.0"
