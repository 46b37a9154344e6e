"""``python -m targets serve``: a model behind the SageMaker SDK's local endpoint, as a process or in a container."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PROJECT = Path(__file__).resolve().parents[1]


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(prog="python -m targets", allow_abbrev=False)
    verbs = options.add_subparsers(dest="verb", required=True, metavar="serve")
    serve = verbs.add_parser("serve", help="keep an endpoint until Ctrl-C", description=__doc__, allow_abbrev=False)
    serve.add_argument(
        "--model",
        type=Path,
        required=True,
        help="a model.tar.gz, or a folder that holds one: runs/<execution>/Train/output",
    )
    serve.add_argument("--target", choices=["process", "docker"], default="process", help="where (%(default)s)")
    serve.add_argument("--port", type=int, help="on which it is reached (a free one)")
    serve.add_argument(
        "--folder", type=Path, default=PROJECT / "runs" / "endpoint", help="gets log.txt (runs/endpoint)"
    )
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command line; return 0 ended by Ctrl-C, 1 the endpoint failed, 2 the command line is wrong."""
    args = parser().parse_args(argv)
    from targets import local
    from targets.docker import Containers
    from targets.hosting import HostingError
    from targets.local.endpoint import endpoint
    from targets.process import Processes

    target = Containers() if args.target == "docker" else Processes()
    try:
        with endpoint(args.model, folder=args.folder, target=target, port=args.port) as served:
            print(f"in service: POST {served.url}/invocations (log: {args.folder / 'log.txt'})", flush=True)
            while served.serves():
                time.sleep(0.2)
            print(f"the server has ended: see {args.folder / 'log.txt'}", file=sys.stderr)
            return 1
    except local.InterruptedRunError:
        return 0
    except (HostingError, local.TargetError) as error:
        print(f"serve: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
