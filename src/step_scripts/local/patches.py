"""Replace an attribute of a library for a while."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def patched(owner: object, name: str, value: object) -> Iterator[None]:
    """Set an attribute of a module or class while entered.

    Examples
    --------
    >>> import math
    >>> with patched(math, "pi", 3):
    ...     math.pi
    3
    """
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)
