import gc
import subprocess
import sys
import textwrap
import weakref
from dataclasses import replace

import pytest

import contracts
from contracts.rule import custom_rule

# Everything that a check may do in secret: talk, or write a file.
WATCHED = """
    import sys
    def watch(event, arguments):
        if event.startswith("socket.") and event not in {"socket.__new__", "socket.gethostname"}:
            raise RuntimeError(f"{event} {arguments}")
        if event.startswith("tempfile.") or event in {"os.mkdir", "os.rename"}:
            raise RuntimeError(f"{event} {arguments}")
        if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wxa+"):
            raise RuntimeError(f"{event} {arguments}")
    sys.dont_write_bytecode = True
    sys.addaudithook(watch)
"""


def test_a_check_is_silent(good, tmp_path):
    """A check in a fresh process opens no socket, writes no file, prints nothing and warns of nothing."""
    good("claims").to_parquet(tmp_path / "claims.parquet")
    script = textwrap.dedent(WATCHED) + "import contracts\ncontracts.read_checked('.', contracts.load('claims'))\n"
    script += "assert 'great_expectations' in sys.modules\n"
    run = subprocess.run(
        [sys.executable, "-W", "default", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert [path.name for path in tmp_path.iterdir()] == ["claims.parquet"]


def _with_rule(contract, kind, **kwargs):
    implementation = {"type": kind, "kwargs": kwargs}
    rule = custom_rule(
        {"id": "own", "description": "it holds", "engine": "greatExpectations", "implementation": implementation}
    )
    return replace(contract, rules=(*contract.rules, rule))


def test_a_rule_on_a_pair_of_columns_shows_both(good, broken, few):
    """Great Expectations' own expectations on pairs of columns are told like those on rows."""
    contract = _with_rule(
        few, "expect_column_pair_values_a_to_be_greater_than_b", column_A="vehicle_claim", column_B="policy_id"
    )
    frame = good(few)
    frame.loc[3, "policy_id"] = 999_999
    (rule,) = broken(frame, contract).values()
    value = frame.loc[3, "vehicle_claim"]
    assert rule.examples == ({"policy_id": 999_999, "vehicle_claim": value},)


def test_a_rule_on_a_whole_column_shows_what_was_observed(good, broken, few):
    """An expectation that speaks of a column as a whole counts no rows; it shows the value that it found."""
    contract = _with_rule(few, "expect_column_max_to_be_between", column="incident_day", max_value=1)
    (rule,) = broken(good(few), contract).values()
    assert (rule.column, rule.count, rule.examples) == ("incident_day", 0, ({"observed": 13},))


def test_a_rule_that_cannot_be_evaluated_is_no_break_of_the_table(good, few):
    """A mistake in a rule is an error of its own, which names the rule."""
    columns = ["vehicle_claim", "incident_day"]
    contract = _with_rule(few, "expect_rows_to_satisfy", column_list=columns, expression="vehicle_claim > colour")
    with pytest.raises(RuntimeError, match=r"rule own cannot be evaluated.*colour"):
        contracts.check(good(few), contract)


def test_the_table_is_not_held_after_the_check(good, few):
    """Great Expectations keeps its last table for the life of the process; the checker does not let it keep ours."""
    frame = good(few)
    column = frame["vehicle_claim"].array
    contracts.check(frame, few)
    alive = weakref.ref(column)
    del frame, column
    gc.collect()
    assert alive() is None
