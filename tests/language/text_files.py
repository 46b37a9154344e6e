"""The text files of the project, and the sentences of its documents."""

import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Data, and what a tool writes: no person writes these.
NOT_PROSE = re.compile(
    r"LICENSE|.*\.(csv|parquet|jsonl|json|ubj|tar\.gz|pkl)|(docker/)?requirements\.txt|.*/py\.typed|.*\.patch"
)
FENCE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.DOTALL | re.MULTILINE)
END = re.compile(r"(?<=[.!?])[)\"'*_]*\s+(?=[\"'(*_\[]*[A-Z0-9`])")


@cache
def tracked():
    """Return every file that git tracks, relative to the project."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts():
    """Return name and lines of every file with wording in it, and the first line of a patch."""
    for name in tracked():
        if name.endswith(".patch"):
            # The sentence alone: the rest names code, which is checked in its own file.
            yield name, (ROOT / name).read_text().splitlines()[:1]
        elif not NOT_PROSE.fullmatch(name):
            yield name, (ROOT / name).read_text().splitlines()


def sentences(markdown):
    """Split a document into sentences, each with its line number; code blocks, tables and headings are left out."""
    # Each left-out block keeps its line breaks, so that line numbers stay right.
    text = FENCE.sub(lambda block: "\n" * block[0].count("\n"), markdown)
    paragraph, start = [], 0
    for number, line in enumerate([*text.splitlines(), ""], 1):
        is_prose = bool(line.strip()) and not line.lstrip().startswith(("|", "#", "<"))
        if paragraph and (not is_prose or re.match(r"\s*([-*]|\d+\.) ", line)):
            yield from ((start, sentence) for sentence in END.split(" ".join(paragraph)))
            paragraph = []
        if is_prose:
            start = start if paragraph else number
            paragraph.append(re.sub(r"^\s*([-*]|\d+\.) ", "", line).strip())


def words(sentence):
    """Return the words of a sentence: code counts as one, the address of a link does not count."""
    plain = re.sub(r"\]\([^)]*\)", "]", re.sub(r"`[^`]*`", "code", sentence))
    return [word for word in plain.split() if re.search(r"\w", word)]
