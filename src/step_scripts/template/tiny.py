"""The table of a project that is made without one: houses that were sold."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LABEL = "price"
KEYS = ("house_id",)
ROWS = 400


def write(path: Path) -> Path:
    """Write houses whose price follows from area, rooms, kind and garden, with some chance.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     print(write(Path(folder, "houses.csv")).read_text().splitlines()[0])
    house_id,kind,rooms,area,garden,sold,price
    """
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(0)
    rooms = random.integers(1, 9, ROWS)
    area = (rooms * random.uniform(12, 30, ROWS)).clip(15, None).round(1)
    kind = random.choice(["flat", "house"], ROWS)
    garden = np.where((kind == "house") & (random.random(ROWS) < 0.7), "yes", "no")
    sold = pd.Timestamp("2019-01-01") + pd.to_timedelta(random.integers(0, 2000, ROWS), unit="D")
    worth = 60_000 + 2_500 * area + 8_000 * rooms + 70_000 * (kind == "house") + 25_000 * (garden == "yes")
    price = (worth + random.normal(0, 30_000, ROWS)).clip(20_000, None).round(-2).astype("int64")
    table = {"house_id": range(1, ROWS + 1), "kind": kind, "rooms": rooms, "area": area, "garden": garden}
    pd.DataFrame({**table, "sold": sold.strftime("%Y-%m-%d"), "price": price}).to_csv(path, index=False)
    return path
