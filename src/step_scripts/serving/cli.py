"""Answer claims with a trained model: ``step-scripts serve`` by HTTP, ``step-scripts score`` in files."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(prog="step-scripts", description=__doc__.splitlines()[0], allow_abbrev=False)
    verbs = options.add_subparsers(dest="verb", required=True, metavar="serve|score")
    serve = verbs.add_parser("serve", help="answer over HTTP until Ctrl-C", allow_abbrev=False)
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s: this machine alone)")
    serve.add_argument(
        "--port", type=_port, help="port to listen on, 0 for a free one ($SAGEMAKER_BIND_TO_PORT or 8080)"
    )
    serve.add_argument("--uds", type=Path, metavar="PATH", help="Unix socket to listen on instead of host and port")
    score = verbs.add_parser("score", help="answer the claims of a file in a file", allow_abbrev=False)
    score.add_argument("source", metavar="IN", type=Path, help="claims as .jsonl or .csv, with or without a header")
    score.add_argument("target", metavar="OUT", type=Path, help="gets the answers, as .jsonl or .csv")
    for verb in (serve, score):
        verb.add_argument(
            "--model",
            type=Path,
            default=Path("fixtures", "train", "model"),
            help="a folder with artifact.json, a model.tar.gz, or a folder with one, such as "
            "runs/<execution>/Train/output (the shipped model)",
        )
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command line; return 0 done, 1 refused, 2 the command line is wrong, 130 interrupted."""
    args = parser().parse_args(argv)
    if args.verb == "serve":
        from step_scripts.serving.serving import serve

        return serve(args.model, host=args.host, port=args.port, uds=args.uds)
    try:
        return _batch(args)
    except KeyboardInterrupt:
        print("interrupted: nothing was written", file=sys.stderr)
        return 130


def _batch(args: argparse.Namespace) -> int:
    from model.answer import Scorer
    from model.artifact import ArtifactError, load_artifact
    from step_scripts.serving.batch import BatchError, answer_file

    progress = sys.stderr if sys.stderr.isatty() else None
    try:
        counts = answer_file(Scorer(load_artifact(args.model)), args.source, args.target, progress=progress)
    except (ArtifactError, BatchError) as error:
        print(f"score: {error}", file=sys.stderr)
        return 1
    print(f"wrote {args.target}: {counts.records:,} claims, {counts.refused:,} of them refused")
    return 0


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected a port from 0 to 65535, got {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
