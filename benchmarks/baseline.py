"""Preprocessing without contracts and checks, in pandas and scikit-learn: baselines for the preprocess step.

Usage: python benchmarks/baseline.py INPUT_DIR OUTPUT_DIR workshop|lean

``workshop`` does the same as the workshop's script: impute, one-hot encode, convert back to integers, write CSV.
``lean`` is the shortest script with the same columns: no imputing, no conversions, Parquet. It shows how much of a
difference comes from the code, and how much comes from the checks.
"""

import sys
from pathlib import Path

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
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
TRAINED_ON = 0.8  # share of the rows


def workshop(input_dir: Path, output_dir: Path) -> None:
    """Join, impute, encode, convert column by column and write as the workshop does."""
    claims, customers = (
        pd.read_csv(input_dir / f"{name}.csv", index_col=0, keep_default_na=False, na_values=["N/A"])
        for name in ("claims", "customers")
    )
    # The workshop's pandas had text as objects, and scikit-learn's imputer needs objects.
    table = customers.join(claims, how="left").astype(dict.fromkeys(CATEGORIES, object))
    numbers = [name for name in table if name not in CATEGORIES]
    integers = [name for name in numbers if table[name].dtype == "int64"]
    encode = make_pipeline(SimpleImputer(strategy="constant", fill_value="missing"), OneHotEncoder())
    categories = ColumnTransformer([("cat", encode, CATEGORIES)], sparse_threshold=0, verbose_feature_names_out=False)
    numeric = ColumnTransformer([("num", SimpleImputer(strategy="median"), numbers)], sparse_threshold=0)
    encoded, imputed = categories.fit_transform(table), numeric.fit_transform(table)
    names = list(categories.get_feature_names_out())
    full = pd.concat([pd.DataFrame(imputed, columns=numbers), pd.DataFrame(encoded, columns=names)], axis=1)
    full = converted(converted(full, integers), names)
    full = pd.concat([full["fraud"], full.drop(columns=["fraud"])], axis=1)
    rows = int(len(full) * TRAINED_ON)
    full[:rows].to_csv(output_dir / "train.csv", index=False)
    full[rows:].to_csv(output_dir / "test.csv", index=False)


def converted(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Convert columns to integers, one by one, in a copy."""
    result = table.copy()
    for name in columns:
        result[name] = result[name].astype("int")
    return result


def lean(input_dir: Path, output_dir: Path) -> None:
    """Join and encode, and write Parquet."""
    claims, customers = (
        pd.read_csv(input_dir / f"{name}.csv", keep_default_na=False) for name in ("claims", "customers")
    )
    table = claims.merge(customers, on="policy_id", how="left")
    encoder = ColumnTransformer(
        [("categories", OneHotEncoder(sparse_output=False), CATEGORIES)],
        remainder="passthrough",
        verbose_feature_names_out=False,
    )
    features = pd.DataFrame(encoder.fit_transform(table), columns=encoder.get_feature_names_out())
    rows = int(len(features) * TRAINED_ON)
    features[:rows].to_parquet(output_dir / "train.parquet", index=False)
    features[rows:].to_parquet(output_dir / "test.parquet", index=False)


if __name__ == "__main__":
    source, target, way = Path(sys.argv[1]), Path(sys.argv[2]), {"workshop": workshop, "lean": lean}[sys.argv[3]]
    target.mkdir(parents=True, exist_ok=True)
    way(source, target)
