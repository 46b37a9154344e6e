"""Send malformed requests to a running server: no 5xx, stable memory, and an answer to a valid claim afterwards.

    python benchmarks/serving_fuzz.py                  # fifty thousand, to a server of the shipped model that it starts
    python benchmarks/serving_fuzz.py --requests 2000 --seed 7

Each is a valid claim with a few mutations of its values, its bytes or its head; the same seed gives the same requests.
The exit code is 1 where the server gives a 5xx, prints a traceback, or does not answer the valid claim.
"""

import argparse
import collections
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
WARM_UP = 5000  # requests after which the allocator has what it needs
ANSWER_TIMEOUT_S = 10
VALUES = (
    *("1e400", "-1e400", "-0", "-0.0", "NaN", "Infinity", "true", "null", "[]", "{}", '""', '"x"', '"\\ud800"', "1.5"),
    *("9223372036854775808", "1" + "0" * 400, "9" * 5000, "[" * 20 + "]" * 20, "[" * 960 + "]" * 960, '{"\\ud800":[]}'),
)
PIECES = (
    *(bytes([byte]) for byte in b'\0"\\{}[],:\r\n;\t '),
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\\ud800",
)
KINDS = (
    *(
        "application/json",
        "application/jsonlines",
        "application/x-ndjson",
        "text/csv",
        "APPLICATION/JSON; charset=UTF-8",
    ),
    *("application/json; charset=utf-16", "text/plain", "", "\xff", "a" * 9000),
)
ACCEPTS = ("*/*", "application/json", "text/csv", "text/csv;q=0, application/jsonlines", "text/html", "", ",", "\xe9")
LENGTHS = ("-1", "x", "", "0", "5", "9" * 30, "9" * 5000, "99999999", "1_0", "0x10", "5, 5")
LINES = (
    "POST /ping",
    "GET /invocations",
    "HEAD /ping",
    "OPTIONS *",
    "PUT /invocations",
    "POST /%00",
    "POST /invocations/",
    "FOO /",
)


def main() -> int:
    """Send, count, and print a table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--requests", type=int, default=50_000, help="after a warm-up of 5,000 (%(default)s)")
    options.add_argument("--seed", type=int, default=0, help="of the mutations (%(default)s)")
    args = options.parse_args()
    with tempfile.TemporaryFile("w+") as errors:
        command = [sys.executable, "-m", "step_scripts", "serve", "--port", "0"]
        process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            counted = fuzz(process, random.Random(args.seed), args.requests)  # noqa: S311 - no secret
        finally:
            process.terminate()
            process.wait()
        errors.seek(0)
        tracebacks = errors.read().count("Traceback")
    for status, count in sorted(counted.items()):
        print(f"{status:<10} {count:>7,}")
    print(f"tracebacks on the server's stderr: {tracebacks}")
    return int(tracebacks > 0 or any(status.startswith("5") for status in counted))


def fuzz(process: "subprocess.Popen[str]", chance: random.Random, requests: int) -> collections.Counter[str]:
    """Send the requests; return how often each status came, or "closed" for a connection without one."""
    from model.records import EXAMPLE

    assert process.stdout is not None
    ready = process.stdout.readline()
    found = re.search(r"http://([^:]+):(\d+)", ready) or sys.exit(f"the server is not ready: {ready}")
    address, claim = (found[1], int(found[2])), dict(EXAMPLE)
    counted: collections.Counter[str] = collections.Counter()
    before = 0.0
    for number in range(WARM_UP + requests):
        if number == WARM_UP:
            counted.clear()
            before = resident(process.pid)
        counted[status_of(address, mutated(claim, chance))] += 1
        if sys.stderr.isatty() and number % 500 == 0:
            print(f"\r{number:,} of {WARM_UP + requests:,}", end="", file=sys.stderr, flush=True)
    print(f"resident memory of the server: {before:.0f} MiB before, {resident(process.pid):.0f} MiB after")
    if (good := status_of(address, request(json.dumps(claim).encode()))) != "200":
        sys.exit(f"a valid claim got {good} afterwards")
    return counted


def mutated(claim: dict[str, object], chance: random.Random) -> bytes:
    """Return a request that is similar to a claim."""
    values = {name: json.dumps(value) for name, value in claim.items()}
    for _ in range(chance.choice((0, 0, 1, 1, 2))):
        values[chance.choice([*values, "claim", "\\ud800", ""])] = chance.choice(VALUES)
    record = ("{" + ", ".join(f'"{name}": {value}' for name, value in values.items()) + "}").encode()
    row = ",".join(value.strip('"') for value in values.values()).encode()
    shapes = (
        record,
        record,
        b"[" + record + b"]",
        record + b"\n" + record,
        row,
        ",".join(values).encode() + b"\n" + row,
    )
    body = chance.choice((*shapes, chance.randbytes(chance.randrange(200))))
    for _ in range(chance.choice((0, 0, 0, 1, 3))):
        place = chance.randrange(len(body) + 1)
        piece = chance.choice((*PIECES, chance.randbytes(3)))
        body = body[:place] + piece + body[place + chance.randrange(5) :]
    head = {"kind": chance.choice(KINDS) if chance.random() < 0.5 else KINDS[row in body]}
    if chance.random() < 0.2:
        head["accept"] = chance.choice(ACCEPTS)
    if chance.random() < 0.05:
        head["length"] = chance.choice(LENGTHS)
    if chance.random() < 0.05:
        head["line"] = chance.choice(LINES)
    if chance.random() < 0.05:
        head["more"] = chance.choice(
            ("Transfer-Encoding: chunked\r\n", "X: " + "a" * 70_000 + "\r\n", "Expect: 100-continue\r\n")
        )
    sent = request(body, **head)
    return sent[: chance.randrange(len(sent))] if chance.random() < 0.02 else sent


def request(
    body: bytes,
    *,
    kind: str = "application/json",
    accept: str = "*/*",
    length: str | None = None,
    line: str = "POST /invocations",
    more: str = "",
) -> bytes:
    """Return a request's bytes."""
    size = len(body) if length is None else length
    fields = ("Host: x", f"Content-Type: {kind}", f"Accept: {accept}", f"Content-Length: {size}")
    return "\r\n".join((f"{line} HTTP/1.1", *fields, f"{more}\r\n")).encode("latin-1") + body


def status_of(address: tuple[str, int], sent: bytes) -> str:
    """Send bytes, close this side of the connection, and return the last status of the response."""
    with socket.create_connection(address, timeout=ANSWER_TIMEOUT_S) as connection:
        answer = b""
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                answer += part
        except TimeoutError:
            return "no answer"
        except OSError:  # closed while we were sending; what came before counts
            pass
    statuses = re.findall(rb"^HTTP/1\.1 (\d{3})", answer, re.MULTILINE)
    return statuses[-1].decode() if statuses else "closed"


def resident(pid: int) -> float:
    """Return how much memory a process has, in MiB; Linux only."""
    status = Path(f"/proc/{pid}/statm")
    return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20 if status.is_file() else float("nan")


if __name__ == "__main__":
    sys.exit(main())
