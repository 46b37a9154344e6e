"""Running the preprocessing step on a folder, for the tests of what it reads and writes."""

from steps.preprocess import main

NAMES = ("claims", "customers")


def run(folder, *flags):
    """Run the step on a folder; its exit code, and what it wrote beside the folder."""
    out = folder.parent / "out"
    return main(["--input-dir", str(folder), "--output-dir", str(out), *flags]), content(out)


def content(folder):
    """Every file below a folder, by its path in it."""
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def by_policy(table):
    """A table in the order of its policies."""
    return table.sort_values("policy_id", ignore_index=True)


def orphans(tables):
    """A claim loses its customer, and a customer its claim."""
    return {"claims": tables["claims"].drop(index=3), "customers": tables["customers"].drop(index=7)}
