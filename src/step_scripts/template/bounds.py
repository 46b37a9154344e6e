"""Bounds of a column: those that were seen, widened and rounded."""

import sys
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from step_scripts.template.guess import Note

_MEMBER = "logicalTypeOptions"
_INT64 = 2**63
_MAX_FLOAT = sys.float_info.max
# Whole numbers between these bounds, both seen, are a flag, a scale or a part of the calendar: they are not widened.
_WHOLE_SCALES = {
    *((0, 1), (0, 6), (0, 10), (0, 23), (0, 59), (0, 100)),
    *((1, 2), (1, 3), (1, 4), (1, 5), (1, 7), (1, 10), (1, 12), (1, 31), (1, 52), (1, 53), (1, 365), (1, 366)),
}
_MAX_SCALES = (1, 100)  # numbers from 0 to just below one of these are shares
_SENTINELS = (-1, -9, -99, -999, -9999, -99999)


def number_bounds(low: str, high: str, *, whole: bool) -> tuple[float, float, Note]:
    """Return bounds of numbers, wider than the seen ones, and a note.

    They are widened by 10 % of what lies between them, to a round number; they do not cross zero.

    Parameters
    ----------
    low, high
        The least and the greatest number, in decimal digits.
    whole
        Whether the numbers are whole.

    Examples
    --------
    >>> low, high, note = number_bounds("3", "97", whole=True)
    >>> low, high, note.text
    (0, 110, 'seen 3 to 97, widened by 10 %')
    """
    least, most = Decimal(low), Decimal(high)
    seen = f"seen {_shown(least)} to {_shown(most)}" if least != most else f"only {_shown(least)} was seen"
    if whole and (int(least), int(most)) in _WHOLE_SCALES:
        return int(least), int(most), _note(seen, "a scale of which both ends were seen", review=False)
    for scale in _MAX_SCALES if not whole else ():
        if least >= 0 and scale * Decimal("0.9") <= most <= scale:
            return 0, scale, _note(seen, f"taken for a share of {scale}")
    margin = (most - least) / 10 or abs(most) / 10 or Decimal(1)
    step = Decimal(10) ** (margin * 2).adjusted()
    if whole:
        margin, step = max(margin, Decimal(1)), max(step, Decimal(1))
    lower = ((least - margin) / step).to_integral_value(ROUND_FLOOR) * step
    upper = ((most + margin) / step).to_integral_value(ROUND_CEILING) * step
    if least >= 0:
        lower = max(lower, Decimal(0))
    if most <= 0:
        upper = min(upper, Decimal(0))
    text = "widened by 10 %"
    if int(least) in _SENTINELS and least == int(least) and most > 0 and abs(least) * 3 < most:
        text += "; the least one may stand for a missing value"
    note = _note(seen, text)
    if whole:
        return max(int(lower), -_INT64), min(int(upper), _INT64 - 1), note
    return _plain(lower), _plain(upper), note


def year_bounds(low: datetime, high: datetime) -> tuple[datetime, datetime, Note]:
    """Return the bounds of dates: whole years, one more at each side, and a note.

    Examples
    --------
    >>> low, high, note = year_bounds(datetime(2019, 3, 2), datetime(2023, 11, 30))
    >>> low.date().isoformat(), high.date().isoformat(), note.text
    ('2018-01-01', '2024-12-31', 'seen 2019-03-02 to 2023-11-30, widened by a year')
    """
    first = datetime(max(low.year - 1, 1), 1, 1)  # noqa: DTZ001 - the bounds of a column have no zone of their own
    last = datetime(min(high.year + 1, 9999), 12, 31, 23, 59, 59)  # noqa: DTZ001
    seen = f"seen {low.date()} to {high.date()}"
    return first, last, _note(seen, "widened by a year")


def _note(seen: str, text: str, *, review: bool = True) -> Note:
    return Note(text=f"{seen}, {text}", member=_MEMBER, review=review, without_cells=f"the seen ones, {text}")


def _plain(number: Decimal) -> float:
    """Return a number of YAML: an integer where it is one."""
    if abs(number) < 10**15 and number == number.to_integral_value():
        return int(number)
    return min(max(float(number), -_MAX_FLOAT), _MAX_FLOAT)


def _shown(number: Decimal) -> str:
    return f"{number:,f}" if number == number.to_integral_value() and abs(number) < 10**12 else f"{float(number):.6g}"
