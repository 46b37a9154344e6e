"""The expectations of Great Expectations that a rule may name, and their arguments.

The import of the library takes seconds, so a contract's file is checked against this list. A test compares it with the
library.
"""

from collections.abc import Mapping
from types import MappingProxyType

# An argument with an exclamation mark is required. Not in the list: `mostly`, as a rule tolerates no bad rows, and
# expectations that ask a database.
_ARGUMENTS: Mapping[str, str] = MappingProxyType(
    {
        "expect_column_distinct_values_to_be_in_set": "column! value_set!",
        "expect_column_distinct_values_to_contain_set": "column! value_set!",
        "expect_column_distinct_values_to_equal_set": "column! value_set!",
        "expect_column_kl_divergence_to_be_less_than": (
            "column! partition_object threshold internal_weight_holdout "
            "tail_weight_holdout bucketize_data min_value max_value"
        ),
        "expect_column_max_to_be_between": "column! min_value max_value strict_min strict_max",
        "expect_column_mean_to_be_between": "column! min_value max_value strict_min strict_max",
        "expect_column_median_to_be_between": "column! min_value max_value strict_min strict_max",
        "expect_column_min_to_be_between": "column! min_value max_value strict_min strict_max",
        "expect_column_most_common_value_to_be_in_set": "column! value_set! ties_okay",
        "expect_column_pair_values_a_to_be_greater_than_b": "column_A! column_B! or_equal ignore_row_if",
        "expect_column_pair_values_to_be_equal": "column_A! column_B! ignore_row_if",
        "expect_column_pair_values_to_be_in_set": "column_A! column_B! value_pairs_set! ignore_row_if",
        "expect_column_proportion_of_non_null_values_to_be_between": (
            "column! min_value max_value strict_min strict_max"
        ),
        "expect_column_proportion_of_unique_values_to_be_between": "column! min_value max_value strict_min strict_max",
        "expect_column_quantile_values_to_be_between": "column! quantile_ranges! allow_relative_error",
        "expect_column_stdev_to_be_between": "column! min_value max_value strict_min strict_max",
        "expect_column_sum_to_be_between": "column! min_value max_value strict_min strict_max",
        "expect_column_to_exist": "column! column_index",
        "expect_column_type_to_be": "column! type_!",
        "expect_column_unique_value_count_to_be_between": "column! min_value max_value strict_min strict_max",
        "expect_column_value_lengths_to_be_between": "column! min_value max_value strict_min strict_max",
        "expect_column_value_lengths_to_equal": "column! value!",
        "expect_column_value_z_scores_to_be_less_than": "column! threshold! double_sided!",
        "expect_column_values_to_be_between": "column! min_value max_value strict_min strict_max",
        "expect_column_values_to_be_dateutil_parseable": "column!",
        "expect_column_values_to_be_decreasing": "column! strictly",
        "expect_column_values_to_be_in_set": "column! value_set!",
        "expect_column_values_to_be_in_type_list": "column! type_list",
        "expect_column_values_to_be_increasing": "column! strictly",
        "expect_column_values_to_be_json_parseable": "column!",
        "expect_column_values_to_be_null": "column!",
        "expect_column_values_to_be_of_type": "column! type_!",
        "expect_column_values_to_be_unique": "column!",
        "expect_column_values_to_match_json_schema": "column! json_schema!",
        "expect_column_values_to_match_like_pattern": "column! like_pattern! escape",
        "expect_column_values_to_match_like_pattern_list": "column! like_pattern_list! match_on escape",
        "expect_column_values_to_match_regex": "column! regex",
        "expect_column_values_to_match_regex_list": "column! regex_list! match_on",
        "expect_column_values_to_match_strftime_format": "column! strftime_format!",
        "expect_column_values_to_not_be_in_set": "column! value_set!",
        "expect_column_values_to_not_be_null": "column!",
        "expect_column_values_to_not_be_outliers": "column! method multiplier",
        "expect_column_values_to_not_match_like_pattern": "column! like_pattern! escape",
        "expect_column_values_to_not_match_like_pattern_list": "column! like_pattern_list! escape",
        "expect_column_values_to_not_match_regex": "column! regex!",
        "expect_column_values_to_not_match_regex_list": "column! regex_list!",
        "expect_compound_columns_to_be_unique": "column_list! ignore_row_if",
        "expect_multicolumn_sum_to_equal": "column_list! ignore_row_if sum_total!",
        "expect_multicolumn_values_to_be_equal": "column_list! ignore_row_if",
        "expect_rows_to_satisfy": "column_list! ignore_row_if expression!",
        "expect_select_column_values_to_be_unique_within_record": "column_list! ignore_row_if",
        "expect_table_column_count_to_be_between": "min_value max_value",
        "expect_table_column_count_to_equal": "value!",
        "expect_table_columns_to_match_ordered_list": "column_list",
        "expect_table_columns_to_match_set": "column_set exact_match",
        "expect_table_row_count_to_be_between": "min_value max_value strict_min strict_max",
        "expect_table_row_count_to_equal": "value!",
    }
)
EXPECTATIONS: tuple[str, ...] = tuple(_ARGUMENTS)
# Arguments that any expectation may have.
COMMON = ("row_condition", "condition_parser")
# An expectation judges row by row if its name begins so; any other judges the whole table.
_OF_ROWS = (
    "expect_column_pair_values_",
    "expect_column_value_",
    "expect_column_values_",
    "expect_compound_columns_",
    "expect_multicolumn_",
    "expect_rows_",
    "expect_select_column_",
)


def arguments(expectation: str) -> dict[str, bool]:
    """Return the arguments of an expectation, each with whether it is required.

    Examples
    --------
    >>> arguments("expect_rows_to_satisfy")["expression"]
    True
    """
    return {word.rstrip("!"): word.endswith("!") for word in _ARGUMENTS[expectation].split()}


def judges_rows(expectation: str) -> bool:
    """Tell whether an expectation judges each row alone.

    Examples
    --------
    >>> judges_rows("expect_rows_to_satisfy"), judges_rows("expect_table_row_count_to_equal")
    (True, False)
    """
    return expectation.startswith(_OF_ROWS)
