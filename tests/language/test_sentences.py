"""Sentences of the documents are short: one idea each."""

import pytest

from tests.language.text_files import ROOT, sentences, tracked, words

MAX_WORDS = 30


def test_every_sentence_is_short():
    """At most thirty words a sentence; each longer one is reported with its place."""
    long = [
        f"{name}:{line}: {len(words(sentence))} words: {sentence}"
        for name in tracked()
        if name.endswith(".md")
        for line, sentence in sentences((ROOT / name).read_text())
        if len(words(sentence)) > MAX_WORDS
    ]
    assert not long, "\n".join([f"sentences of more than {MAX_WORDS} words:", *long])


def test_sentences_are_split():
    """Code blocks, tables and headings are left out; an item of a list is a paragraph of its own."""
    text = "# A\nOne. Two\nends here.\n- An item\n- `a b.C d` is one word\n```\nNo. Prose.\n```\n| a table |\n\nLast."
    found = [(2, "One."), (2, "Two ends here."), (4, "An item"), (5, "`a b.C d` is one word"), (11, "Last.")]
    assert list(sentences(text)) == found


@pytest.mark.parametrize(
    ("sentence", "count"), [("See [the page](docs/a.md), please.", 4), ("`python -m x` - runs.", 2), ("a b", 2)]
)
def test_words_are_counted(sentence, count):
    """Code is one word; the address of a link and a dash are none."""
    assert len(words(sentence)) == count
