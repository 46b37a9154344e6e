"""How long an answer takes: single claims over loopback by several clients at once, and batches.

    python benchmarks/serving.py                        # starts a server of the shipped model, and stops it
    python benchmarks/serving.py --url http://127.0.0.1:8080 --requests 1000    # one that runs, such as a container's

Each client sends the shipped claims one after the other over a connection that stays open. The clients run on the same
cores as the server.
"""

import argparse
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

HEAD = b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
PROJECT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Measure, and print a table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--url", help="of a server that runs (a server of the shipped model is started)")
    options.add_argument("--requests", type=int, default=20_000, help="in all (%(default)s)")
    options.add_argument("--clients", type=int, default=4, help="at once (%(default)s)")
    options.add_argument("--rows", type=int, default=100_000, help="of the batch through score (%(default)s)")
    args = options.parse_args()
    bodies = [json.dumps(record).encode() for record in records()]
    with contextlib.nullcontext((args.url, None)) if args.url else server() as (url, pid):
        place = urlsplit(url)
        address = (place.hostname, place.port)
        wait_for(address)
        measure(address, bodies, requests=500, clients=args.clients)  # warm up
        before = resident(pid)
        for clients in dict.fromkeys((1, args.clients)):
            seconds, took = measure(address, bodies, requests=args.requests, clients=clients)
            p50, p99 = np.percentile(took, [50, 99]) * 1000
            print(
                f"{args.requests} single claims, {clients} at a time: p50 {p50:.2f} ms, p99 {p99:.2f} ms, "
                f"{args.requests / seconds:,.0f} a second"
            )
        if pid:
            print(f"resident memory of the server: {before:.0f} MiB before, {resident(pid):.0f} MiB after")
    if not args.url:
        batches(args.rows)


def records() -> list[dict[str, object]]:
    """Return the shipped claims with their customers, without the label, as a client has them."""
    from step_scripts import contracts

    claims, customers = (
        contracts.read_checked(PROJECT / "fixtures", contracts.load(n)) for n in ("claims", "customers")
    )
    return list(claims.drop(columns="fraud").merge(customers, on="policy_id").astype(object).to_dict("records"))


@contextlib.contextmanager
def server() -> Iterator[tuple[str, int]]:
    """Start a server of the shipped model; yield its address and its process id."""
    command = [sys.executable, "-m", "step_scripts", "serve", "--port", "0"]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        ready = process.stdout.readline()
        found = re.search(r"http://\S+:\d+", ready)
        assert found, ready
        yield found[0], process.pid
    finally:
        process.terminate()
        process.wait()


def wait_for(address: tuple[str | None, int | None]) -> None:
    """Wait until a server listens."""
    for _ in range(600):
        with contextlib.suppress(OSError), socket.create_connection(address):
            return
        time.sleep(0.1)
    sys.exit(f"no server listens on {address}")


def measure(
    address: tuple[str | None, int | None], bodies: list[bytes], *, requests: int, clients: int
) -> tuple[float, np.ndarray]:
    """Send claims; return the seconds of all together and of each."""
    took: list[list[float]] = [[] for _ in range(clients)]

    def run(client: int) -> None:
        with socket.create_connection(address) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for number in range(client, requests, clients):
                body = bodies[number % len(bodies)]
                start = time.perf_counter()
                connection.sendall(HEAD % len(body) + body)
                answer = received(connection)
                took[client].append(time.perf_counter() - start)
                if not answer.startswith(b"HTTP/1.1 200"):
                    raise RuntimeError(answer)

    threads = [threading.Thread(target=run, args=[client]) for client in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    every = np.concatenate([np.array(each) for each in took])
    if len(every) != requests:
        sys.exit(f"{requests - len(every)} requests got no answer")
    return seconds, every


def received(connection: socket.socket) -> bytes:
    """Return a whole answer: the head, and as many bytes as it announces."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536) or sys.exit("the server closed the connection")  # type: ignore[operator]
    head, _, body = answer.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return head + body


def resident(pid: int | None) -> float:
    """Return how much memory a process has, in MiB; Linux only."""
    status = Path(f"/proc/{pid}/statm")
    return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20 if status.is_file() else float("nan")


def batches(rows: int) -> None:
    """Measure tables through `score`, and records through `Scorer`, which also checks and explains them."""
    import pandas as pd

    from fixtures.generator import generate
    from model.artifact import load_artifact
    from model.predictor import FraudPredictor
    from model.score import score
    from step_scripts.serving.scorer import Scorer

    artifact = load_artifact(PROJECT / "fixtures" / "train" / "model")
    claims, customers = generate(rows=rows, seed=1)
    score(artifact, claims.head(100), customers.head(100))
    start = time.perf_counter()
    score(artifact, claims, customers)
    print(f"{rows:,} rows through score: {rows / (time.perf_counter() - start):,.0f} rows a second")
    table = pd.DataFrame(claims.drop(columns="fraud").merge(customers, on="policy_id"))
    lines = table.head(20_000).astype(object).to_dict("records")
    scorer = Scorer(FraudPredictor(artifact))
    start = time.perf_counter()
    scorer.answers(lines)
    print(f"{len(lines):,} records through Scorer.answers: {len(lines) / (time.perf_counter() - start):,.0f} a second")


if __name__ == "__main__":
    main()
