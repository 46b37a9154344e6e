"""Files in and out of S3, which is moto inside this process."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Upload = Path | Mapping[str, bytes]
_BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.-]+[a-z0-9])")


def buckets_in(text: str) -> set[str]:
    """Find the buckets that a definition names. On this machine all of them are created.

    Examples
    --------
    >>> sorted(buckets_in('["s3://data/x", "s3://out"]'))
    ['data', 'out']
    """
    return set(_BUCKET.findall(text))


def upload(client: Any, uploads: Mapping[str, Upload]) -> None:  # noqa: ANN401
    """Upload files to where a pipeline expects its code and data.

    Parameters
    ----------
    client
        An S3 client.
    uploads
        S3 prefix to a folder, a file, or relative path to content. A file keeps its name below the prefix.

    Raises
    ------
    FileNotFoundError
        If a folder or file does not exist.
    """
    for uri, source in uploads.items():
        bucket, prefix = split(uri)
        for name, content in _files(source):
            body = content if isinstance(content, bytes) else content.read_bytes()
            client.put_object(Bucket=bucket, Key=f"{prefix}/{name}".lstrip("/"), Body=body)


def download(client: Any, uri: str, folder: Path) -> None:  # noqa: ANN401
    """Copy everything below an S3 prefix into a folder that appears whole or not at all.

    If the prefix is one object's key, that object is copied.
    """
    bucket, prefix = split(uri)
    partial = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.partial")
    partial.mkdir(parents=True)
    try:
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for key in (item["Key"] for item in page.get("Contents", [])):
                if key != prefix and not key.startswith(f"{prefix}/"):
                    continue
                target = partial / (key.removeprefix(prefix).lstrip("/") or Path(key).name)
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as file:
                    shutil.copyfileobj(client.get_object(Bucket=bucket, Key=key)["Body"], file)
        partial.replace(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def split(uri: str) -> tuple[str, str]:
    """Split an S3 URI into bucket and key, without slashes at the key's ends.

    Examples
    --------
    >>> split("s3://bucket/some/prefix/")
    ('bucket', 'some/prefix')
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key.strip("/")


def _files(source: Upload) -> list[tuple[str, Path | bytes]]:
    if isinstance(source, Mapping):
        return list(source.items())
    if source.is_file():
        return [(source.name, source)]
    if not source.is_dir():
        raise FileNotFoundError(f"cannot upload {source}: expected a file or a folder; got: no such path")
    return [(path.relative_to(source).as_posix(), path) for path in sorted(source.rglob("*")) if path.is_file()]
