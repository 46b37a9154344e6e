"""What every picture of a report has in common: size, style, title, finding and note."""

import io
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

INK, SOFT, LINE, MARK = "#1f2933", "#8392a3", "#1d5fa8", "#d1495b"
_STYLE: dict[str, Any] = {
    "axes.edgecolor": "#c5ced8",
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "grid.color": "#edf1f5",
    "legend.frameon": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def picture(paint: "Callable[[Axes], tuple[str, str]]", *, note: str) -> bytes:
    """Return a PNG of 840 by 660 pixels, with the same bytes for the same drawing; it needs no screen.

    Parameters
    ----------
    paint
        Draws on the axes, and returns the title and the finding, a sentence.
    note
        About the data; it is placed beside the title.

    Examples
    --------
    >>> def rise(axes):
    ...     axes.plot([0, 1], [0, 1])
    ...     return "Rise", "It goes up"
    >>> picture(rise, note="2 points")[1:4]
    b'PNG'
    """
    # Where the user has no writable folder, matplotlib warns at every start, and works nevertheless.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context():
        mpl.rcdefaults()  # not the user's own matplotlibrc
        mpl.rcParams.update(_STYLE)
        figure = Figure(figsize=(7, 5.5))
        left, right = 0.12, 0.96
        axes = figure.add_axes((left, 0.115, right - left, 0.735))
        title, finding = paint(axes)
        figure.text(left, 0.945, title, fontsize=13, fontweight="bold")
        figure.text(left, 0.895, finding)
        figure.text(right, 0.945, note, color=SOFT, ha="right")
        png = io.BytesIO()
        figure.savefig(png, format="png", dpi=120, metadata={"Software": None})
        return png.getvalue()
