import pytest

from step_scripts.contracts.versions import incompatible


@pytest.mark.parametrize(
    ("trained", "known"), [("2.0.0", "2.0.0"), ("2.0.0", "2.0.7"), ("2.0.9", "2.0.1"), ("2.1.0", "2.11.0")]
)
def test_versions_that_go_together(trained, known):
    """The same major, and no later minor; the patch is a matter of wording."""
    assert incompatible({"houses": trained}, {"houses": known}) == []


@pytest.mark.parametrize(
    ("trained", "known"),
    [("1.9.0", "2.0.0"), ("3.0.0", "2.9.0"), ("2.2.0", "2.1.0"), ("2.10.0", "2.9.0"), ("1", "1.0.0")],
)
def test_versions_that_do_not(trained, known):
    """Another major, a minor that this code does not know yet, and a text that is not a version."""
    assert incompatible({"houses": trained}, {"houses": known}) == [f"houses {trained} (here: {known})"]


def test_a_contract_on_one_side_only_is_reported():
    """A model of other tables is no model of these."""
    assert incompatible({"orders": "1.0.0"}, {"houses": "2.0.0"}) == [
        "orders 1.0.0 (here: none)",
        "no houses (here: 2.0.0)",
    ]
