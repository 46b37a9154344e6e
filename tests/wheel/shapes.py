"""Tables of different shapes, as people have them.

A fourth one, without a key and with a number to predict, is that of docs/replace-the-example.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Shape:
    """A table, and the words with which a project is made of it.

    Attributes
    ----------
    name
        The project's.
    words
        Of ``step-scripts new``, besides the folder and the table.
    """

    name: str
    words: tuple[str, ...]

    def write(self, folder: Path) -> Path:
        """Write the table as a CSV file."""
        path = folder / f"{self.name}.csv"
        TABLES[self.name](np.random.default_rng(7)).to_csv(path, index=False, lineterminator="\n")
        return path


def stays(random: np.random.Generator) -> pd.DataFrame:
    """A key of two columns, and three classes of different size."""
    rows = 900
    nights, guests = random.integers(1, 15, rows), random.integers(1, 5, rows)
    worth = nights * 0.3 + guests + random.normal(0, 1, rows)
    return pd.DataFrame(
        {
            "hotel": np.repeat([f"H{number:02d}" for number in range(1, 31)], 30),
            "booking": np.tile(np.arange(1, 31), 30),
            "nights": nights,
            "guests": guests,
            "channel": random.choice(["web", "phone", "agent"], rows, p=[0.7, 0.2, 0.1]),
            "breakfast": random.choice(["Y", "N"], rows),
            "rating": np.select([worth < 3, worth < 5.5], ["poor", "fair"], "good"),
        }
    )


def orders(random: np.random.Generator) -> pd.DataFrame:
    """Missing values under several names, dates of two formats, booleans, free text, codes with zeros in front."""
    rows = 800
    placed = pd.Timestamp("2023-01-02") + pd.to_timedelta(random.integers(0, 600, rows), unit="D")
    weight = pd.Series(random.gamma(2, 3, rows).round(2)).astype(str)
    weight[random.random(rows) < 0.1] = "NA"
    items = pd.Series(random.integers(1, 12, rows)).astype("Int64").mask(pd.Series(random.random(rows) < 0.05))
    words = np.array("please ring the bell leave it at door fragile glass gift thanks second floor".split())
    remark = [" ".join(random.choice(words, random.integers(0, 9))) for _ in range(rows)]
    express = random.random(rows) < 0.3
    late = random.random(rows) < np.where(express, 0.1, 0.35) + 0.02 * items.fillna(3).to_numpy(dtype=float)
    shipped = placed + pd.to_timedelta(random.integers(3600, 400_000, rows), unit="s")
    return pd.DataFrame(
        {
            "order_id": [f"{number:06d}" for number in random.permutation(rows) + 1],
            "placed": placed.strftime("%d.%m.%Y"),
            "shipped_at": shipped.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "weight_kg": weight,
            "items": items,
            "express": np.where(express, "true", "false"),
            "postcode": [f"{number:05d}" for number in random.integers(1000, 9999, rows)],
            "remark": remark,
            "late": np.where(late, "yes", "no"),
        }
    )


def machines(random: np.random.Generator) -> pd.DataFrame:
    """Two classes, one of them rare; the label is 0 or 1."""
    rows = 4000
    heat, hours = random.normal(60, 8, rows).round(2), random.integers(0, 5000, rows)
    risk = 1 / (1 + np.exp(-(-7.2 + 0.09 * (heat - 60) + 0.0007 * hours)))
    return pd.DataFrame(
        {
            "machine_id": np.arange(1, rows + 1),
            "heat": heat,
            "hours": hours,
            "maker": random.choice(["A", "B", "C"], rows),
            "failed": (random.random(rows) < risk).astype(int),
        }
    )


TABLES = {"stays": stays, "orders": orders, "machines": machines}
SHAPES = (
    Shape("stays", ("--label", "rating", "--key", "hotel", "--key", "booking")),
    Shape("orders", ("--label", "late")),
    Shape("machines", ("--label", "failed", "--key", "machine_id")),
)
