"""One run: a private world around the SDK's own scheduler, and a record of what happened in it."""

from __future__ import annotations

from pathlib import Path

BIN = Path(__file__).resolve().parent / "bin"
