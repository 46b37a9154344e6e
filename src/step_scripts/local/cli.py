"""``step-scripts endpoint``: a model behind an endpoint on this machine, as a process or in a container.

With ``--model`` it keeps one in service until Ctrl-C, behind the SageMaker SDK's local endpoint. ``list`` and ``stop``
are for the endpoints that pipelines have deployed, which stay up.
"""

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
    from step_scripts.local.endpoints import commands

    options = argparse.ArgumentParser(
        prog="step-scripts endpoint",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    options.add_argument(
        "--model",
        type=Path,
        help="keep it in service until Ctrl-C: a model.tar.gz, or a folder with one, such as "
        "runs/<execution>/Train/output",
    )
    options.add_argument("--target", choices=["process", "docker"], default="process", help="where (%(default)s)")
    options.add_argument("--port", type=int, help="the port of this machine (default: a free one)")
    options.add_argument("--folder", type=Path, default=Path("runs", "endpoint"), help="gets log.txt (%(default)s)")
    commands.add_verbs(options)
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; return 0 done or ended by a signal, 1 the endpoint failed, 2 the command line is wrong."""
    options = parser()
    args = options.parse_args(argv)
    if not (args.verb or args.model):
        options.error("expected --model, list or stop")
    from step_scripts.local.endpoints import commands
    from step_scripts.local.interrupt import exit_code_of

    return exit_code_of(lambda: commands.run(args) if args.verb else _serve(args))


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
