import struct

import numpy as np
import pytest

from model.reports.evaluation import evaluation
from model.reports.plots import draw


@pytest.fixture(scope="module")
def report():
    """A report of 500 rows."""
    random = np.random.default_rng(0)
    labels = random.random(500) < 0.1
    return evaluation(
        labels, np.clip(random.normal(0.2 + 0.2 * labels, 0.1), 0, 1), threshold=0.4, bootstrap_samples=20
    )


@pytest.fixture(scope="module")
def pictures(report):
    """Its plots."""
    return draw(report)


def test_the_same_report_gives_the_same_bytes(report, pictures):
    """Also for a user who has other tastes, which are theirs again afterwards."""
    import matplotlib as mpl

    with mpl.rc_context({"lines.linewidth": 9, "font.size": 30, "savefig.dpi": 20, "savefig.bbox": "tight"}):
        assert draw(report) == pictures
        assert mpl.rcParams["lines.linewidth"] == 9


def test_plots_are_pictures_of_one_size(pictures):
    """Four PNGs of 840 by 660 pixels."""
    assert sorted(pictures) == ["calibration.png", "confusion_matrix.png", "precision_recall.png", "roc.png"]
    for picture in pictures.values():
        assert picture.startswith(b"\x89PNG\r\n\x1a\n")
        assert struct.unpack(">II", picture[16:24]) == (840, 660)


def test_plots_name_neither_their_software_nor_their_date(pictures):
    """What changes with a release or a day would change the bytes."""
    for picture in pictures.values():
        assert b"tEXt" not in picture
        assert b"tIME" not in picture


def test_plots_show_the_report(report, pictures):
    """Another threshold moves the mark and the matrix, and leaves the calibration as it is."""
    others = draw(report | {"threshold": 0.25})
    assert {name for name in pictures if others[name] != pictures[name]} == {
        "confusion_matrix.png",
        "precision_recall.png",
        "roc.png",
    }


def test_a_report_without_a_precision_can_be_drawn():
    """Nothing flagged is a picture too."""
    assert len(draw(evaluation([0, 1, 0], [0.1, 0.2, 0.2], threshold=0.9, bootstrap_samples=10))) == 4
