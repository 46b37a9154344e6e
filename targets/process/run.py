"""One run: a private world around the SDK's own scheduler, and a record of what happened in it."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import string
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from targets import execution as records
from targets import sdk
from targets.process import storage
from targets.process.interrupt import Interrupt
from targets.process.order import Order
from targets.process.recorder import InterruptedRunError, Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

BIN = Path(__file__).resolve().parent / "bin"
