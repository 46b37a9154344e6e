import subprocess
import sys
import textwrap
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
    run = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert [path.name for path in tmp_path.iterdir()] == ["claims.parquet"]


def _with_rule(implementation):
    contract = contracts.load("customers")
    rule = custom_rule(
        {"id": "own", "description": "it holds", "engine": "greatExpectations", "implementation": implementation}
    )
    return replace(contract, rules=(*contract.rules, rule))


@pytest.mark.parametrize(
    ("implementation", "example"),
    [
        (
            {
                "type": "expect_column_pair_values_a_to_be_greater_than_b",
                "kwargs": {"column_A": "customer_age", "column_B": "num_claims_past_year"},
            },
            {"policy_id": 12, "customer_age": 18, "num_claims_past_year": 18},
        ),
        ({"type": "expect_column_max_to_be_between", "kwargs": {"column": "customer_zip", "max_value": 1}}, None),
    ],
)
def test_any_expectation_can_be_a_rule(good, implementation, example):
    """Expectations on pairs of columns and on a whole column are told as well as those on rows."""
    frame = good("customers").assign(num_claims_past_year=1)
    frame.loc[11, ["customer_age", "num_claims_past_year"]] = 18
    with pytest.raises(contracts.ContractError) as caught:
        contracts.check(frame, _with_rule(implementation))
    (rule,) = (rule for rule in caught.value.broken if rule.rule == "own")
    assert rule.examples[0] == (example or {"observed": frame["customer_zip"].max()})


def test_a_rule_that_cannot_be_evaluated_is_no_break_of_the_table(good):
    """A mistake in a rule is an error of its own, which names the rule."""
    contract = _with_rule(
        {
            "type": "expect_rows_to_satisfy",
            "kwargs": {"column_list": ["customer_age", "auto_year"], "expression": "customer_age > colour"},
        }
    )
    with pytest.raises(RuntimeError, match="rule own cannot be evaluated.*colour"):
        contracts.check(good("customers"), contract)
