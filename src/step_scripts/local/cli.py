"""``step-scripts endpoint``: a model behind the SageMaker SDK's local endpoint, as a process or in a container."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(prog="step-scripts endpoint", description=__doc__, allow_abbrev=False)
    options.add_argument(
        "--model",
        type=Path,
        required=True,
        help="a model.tar.gz, or a folder that holds one, such as runs/<execution>/Train/output",
    )
    options.add_argument("--target", choices=["process", "docker"], default="process", help="where (%(default)s)")
    options.add_argument("--port", type=int, help="the port of this machine (default: a free one)")
    options.add_argument("--folder", type=Path, default=Path("runs", "endpoint"), help="gets log.txt (%(default)s)")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; return 0 ended by a signal, 1 the endpoint failed, 2 the command line is wrong."""
    args = parser().parse_args(argv)
    from step_scripts.local.interrupt import exit_code_of

    return exit_code_of(lambda: _serve(args))


def _serve(args: argparse.Namespace) -> int:
    from step_scripts.local.containers import Containers
    from step_scripts.local.endpoint import endpoint
    from step_scripts.local.hosting import HostingError
    from step_scripts.local.interrupt import InterruptedRunError
    from step_scripts.local.processes import Processes
    from step_scripts.local.target import TargetError

    target = Containers() if args.target == "docker" else Processes()
    log = args.folder / "log.txt"
    try:
        with endpoint(args.model, folder=args.folder, target=target, port=args.port) as served:
            print(f"in service: POST {served.url}/invocations (log: {log})", flush=True)
            while served.serves():
                time.sleep(0.2)
            print(f"step-scripts endpoint: the server has ended; its log: {log}", file=sys.stderr)
            return 1
    except InterruptedRunError:
        return 0  # a server runs until a signal ends it
    except (HostingError, TargetError) as error:
        print(f"step-scripts endpoint: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
