"""Answer records with a trained model: ``step-scripts serve`` by HTTP, ``step-scripts score`` in files."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from step_scripts import project
from step_scripts._shared import StepScriptsError


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
    score = verbs.add_parser("score", help="answer the records of a file in a file", allow_abbrev=False)
    score.add_argument("source", metavar="IN", type=Path, help="records as .jsonl or .csv, with or without a header")
    score.add_argument("target", metavar="OUT", type=Path, help="gets the answers, as .jsonl or .csv")
    for verb in (serve, score):
        verb.add_argument(
            "--model",
            type=Path,
            help="a folder with artifact.json, a model.tar.gz, or a folder with one, such as "
            "runs/<execution>/Train/output (the one model below the project's fixtures)",
        )
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command line; return 0 done, 1 refused, 2 the command line is wrong, 130 interrupted."""
    args = parser().parse_args(argv)
    try:
        model = args.model or _shipped_model()
        if args.verb == "serve":
            from step_scripts.serving.serving import serve

            return serve(model, host=args.host, port=args.port, uds=args.uds)
        return _score(model, args.source, args.target)
    except StepScriptsError as error:
        print(f"step-scripts {args.verb}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: nothing was written", file=sys.stderr)
        return 130


def _shipped_model() -> Path:
    """Return the only model below the project's fixtures.

    Raises
    ------
    StepScriptsError
        When there is no model, or more than one.
    """
    fixtures = project.find().folder("fixtures")
    found = sorted(path.parent for path in fixtures.rglob("artifact.json"))
    if len(found) != 1:
        shown = ", ".join(map(str, found)) or "none"
        raise StepScriptsError(f"expected one folder with artifact.json below {fixtures}, found {shown}; add --model")
    return found[0]


def _score(model: Path, source: Path, target: Path) -> int:
    from step_scripts.serving.batch import answer_file
    from step_scripts.serving.predictor import load_predictor
    from step_scripts.serving.scorer import Scorer

    progress = sys.stderr if sys.stderr.isatty() else None
    counts = answer_file(Scorer(load_predictor(model)), source, target, progress=progress)
    print(f"wrote {target}: {counts.records:,} records, {counts.refused:,} of them refused")
    return 0


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected a port from 0 to 65535, got {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
