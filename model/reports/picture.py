"""What every picture of a report has in common: size, style, a title, what it finds, and of how much."""

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
    """Return a PNG of 840 by 660 pixels: the same bytes for the same painting, on a machine without a screen.

    Parameters
    ----------
    paint
        Paints the axes, and returns the title and, in a sentence, what there is to see.
    note
        Of how much; stands beside the title.

    Examples
    --------
    >>> def rise(axes):
    ...     axes.plot([0, 1], [0, 1])
    ...     return "Rise", "It goes up"
    >>> picture(rise, note="2 points")[1:4]
    b'PNG'
    """
    # Where no folder of the user's is writable, matplotlib says so at every start and works all the same.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context():
        mpl.rcdefaults()  # whatever the user's own matplotlibrc says
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
