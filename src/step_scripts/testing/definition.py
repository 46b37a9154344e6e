"""The tests of compiled pipelines: wiring, data flow, searches, functions, determinism, hosts. No job runs.

A project takes them all: ``from step_scripts.testing.definition import *``.
"""

from step_scripts.testing.data_flow import (
    test_a_path_into_an_output_leads_to_a_file_that_the_script_wrote,
    test_a_report_keeps_its_schema,
    test_a_script_fills_the_declared_outputs_and_no_other,
    test_a_script_reads_every_input_that_it_is_given,
    test_an_output_keeps_the_contract_that_the_next_step_expects,
    test_each_metric_finds_its_number_in_the_log,
    test_every_json_get_finds_a_value_in_a_report_that_the_real_script_wrote,
    test_every_table_is_read_by_a_step,
    test_tables_from_outside_are_read_under_contracts,
)
from step_scripts.testing.determinism import (
    test_an_edit_of_a_script_changes_its_own_code_alone,
    test_compiling_again_gives_the_same_bytes,
    test_only_outputs_are_named_after_the_execution,
    test_preflight_has_no_finding,
    test_the_definition_is_the_reviewed_one,
)
from step_scripts.testing.functions import (
    test_a_function_returns_the_outputs_that_a_step_declares,
    test_every_function_has_contracts_of_its_event_and_its_result,
    test_every_function_of_the_definition_is_there,
    test_the_event_of_a_function_keeps_its_contract,
)
from step_scripts.testing.hosts import (
    test_every_host_gets_all_inputs,
    test_the_next_step_reads_the_parts_as_one_table,
    test_two_hosts_write_the_rows_of_one,
)
from step_scripts.testing.imports import (
    test_the_pipeline_knows_scripts_by_name_only,
)
from step_scripts.testing.isolation import (
    test_every_job_is_isolated,
    test_every_step_runs_in_the_one_image,
)
from step_scripts.testing.search import (
    test_each_value_of_a_range_is_one_that_the_script_accepts,
)
from step_scripts.testing.transform import (
    test_the_model_answers_the_records_of_the_transform,
    test_what_is_scored_is_what_the_server_reads,
)
from step_scripts.testing.wiring import (
    test_a_step_is_in_the_pipeline,
    test_every_argument_parses_with_its_scripts_parser,
    test_every_folder_is_where_the_script_looks_for_it,
    test_every_script_of_the_definition_is_there,
    test_tables_travel_under_their_own_names,
    test_the_defaults_of_the_pipeline_are_the_scripts_own,
    test_the_entry_point_is_a_script_of_the_bundle,
)

__all__ = [
    "test_a_function_returns_the_outputs_that_a_step_declares",
    "test_a_path_into_an_output_leads_to_a_file_that_the_script_wrote",
    "test_a_report_keeps_its_schema",
    "test_a_script_fills_the_declared_outputs_and_no_other",
    "test_a_script_reads_every_input_that_it_is_given",
    "test_a_step_is_in_the_pipeline",
    "test_an_edit_of_a_script_changes_its_own_code_alone",
    "test_an_output_keeps_the_contract_that_the_next_step_expects",
    "test_compiling_again_gives_the_same_bytes",
    "test_each_metric_finds_its_number_in_the_log",
    "test_each_value_of_a_range_is_one_that_the_script_accepts",
    "test_every_argument_parses_with_its_scripts_parser",
    "test_every_folder_is_where_the_script_looks_for_it",
    "test_every_function_has_contracts_of_its_event_and_its_result",
    "test_every_function_of_the_definition_is_there",
    "test_every_host_gets_all_inputs",
    "test_every_job_is_isolated",
    "test_every_json_get_finds_a_value_in_a_report_that_the_real_script_wrote",
    "test_every_script_of_the_definition_is_there",
    "test_every_step_runs_in_the_one_image",
    "test_every_table_is_read_by_a_step",
    "test_only_outputs_are_named_after_the_execution",
    "test_preflight_has_no_finding",
    "test_tables_from_outside_are_read_under_contracts",
    "test_tables_travel_under_their_own_names",
    "test_the_defaults_of_the_pipeline_are_the_scripts_own",
    "test_the_definition_is_the_reviewed_one",
    "test_the_entry_point_is_a_script_of_the_bundle",
    "test_the_event_of_a_function_keeps_its_contract",
    "test_the_model_answers_the_records_of_the_transform",
    "test_the_next_step_reads_the_parts_as_one_table",
    "test_the_pipeline_knows_scripts_by_name_only",
    "test_two_hosts_write_the_rows_of_one",
    "test_what_is_scored_is_what_the_server_reads",
]
