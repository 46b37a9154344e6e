"""Answer claims with a trained model: ``python -m scoring serve`` by HTTP, ``python -m scoring batch`` in files."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(prog="python -m scoring", description=__doc__.splitlines()[0], allow_abbrev=False)
    verbs = options.add_subparsers(dest="verb", required=True, metavar="serve|batch")
    serve = verbs.add_parser("serve", help="answer over HTTP until Ctrl-C", allow_abbrev=False)
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s: this machine alone)")
    serve.add_argument("--port", type=int, help="port to listen on, 0 for a free one ($SAGEMAKER_BIND_TO_PORT or 8080)")
    for verb in (serve,):
        verb.add_argument(
            "--model",
            type=Path,
            default=Path(__file__).resolve().parents[1] / "fixtures" / "train" / "model",
            help="a folder with artifact.json, a model.tar.gz, or a folder with one, such as "
            "runs/<execution>/Train/output (the shipped model)",
        )
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command line; return the exit code."""
    args = parser().parse_args(argv)
    from scoring.serving import serve

    return serve(args.model, host=args.host, port=args.port)


if __name__ == "__main__":
    sys.exit(main())
