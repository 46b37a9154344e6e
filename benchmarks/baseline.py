"""Preprocessing as most people write it first: pandas and scikit-learn, no contract, no check.

Usage: python benchmarks/baseline.py INPUT_DIR OUTPUT_DIR csv|parquet

The workshop writes CSV. Parquet is here so that the comparison does not rest on the file format.
"""

import sys
from pathlib import Path

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OneHotEncoder

CATEGORIES = [
    "policy_state",
    "policy_liability",
    "customer_gender",
    "customer_education",
    "driver_relationship",
    "incident_type",
    "collision_type",
    "incident_severity",
    "authorities_contacted",
    "police_report_available",
]


def main(input_dir: Path, output_dir: Path, kind: str) -> None:
    """Read, join, encode, split, write."""
    claims = pd.read_csv(input_dir / "claims.csv", keep_default_na=False)
    customers = pd.read_csv(input_dir / "customers.csv", keep_default_na=False)
    table = claims.merge(customers, on="policy_id", how="left")
    encoder = ColumnTransformer(
        [("categories", OneHotEncoder(sparse_output=False), CATEGORIES)],
        remainder="passthrough",
        verbose_feature_names_out=False,
    )
    features = pd.DataFrame(encoder.fit_transform(table), columns=encoder.get_feature_names_out())
    rows = round(len(features) * 0.8)
    output_dir.mkdir(parents=True, exist_ok=True)
    for name, part in (("train", features[:rows]), ("test", features[rows:])):
        if kind == "csv":
            part.to_csv(output_dir / f"{name}.csv", index=False)
        else:
            part.to_parquet(output_dir / f"{name}.parquet", index=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
