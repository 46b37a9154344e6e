"""One change of the houses project each, the test that must fail because of it, and what the test must say."""

from typing import NamedTuple

DEFINITION, TUNING = "the definition", "the definition of pipelines/tuning.py"
EVERY_DEFINITION = "every definition"
PREPROCESS, TRAIN, EVALUATE, PIPELINE = "steps/preprocess.py", "steps/train.py", "steps/evaluate.py", "pipeline.py"
OUTPUT = "Steps.Preprocess.ProcessingOutputConfig.Outputs['{}'].S3Output.S3Uri"


class Case(NamedTuple):
    """The test, a file or the definition, a text in it, what takes its place, and a pattern of the test's message."""

    test: str
    file: str
    old: str
    new: str
    says: str
    pipeline: str = "pipeline.py"  # in which the test runs, where another file is changed


CASES = {
    # wiring
    "a flag is renamed": Case(
        "test_every_argument_parses_with_its_scripts_parser",
        DEFINITION,
        '"--test-fraction"',
        '"--test-fractoin"',
        "Preprocess: .*unknown option --test-fractoin.*Did you mean --test-fraction",
    ),
    "a hyperparameter is renamed": Case(
        "test_every_argument_parses_with_its_scripts_parser", DEFINITION, '"ridge"', '"rigde"', "Train: .*--rigde"
    ),
    "a default differs": Case(
        "test_the_defaults_of_the_pipeline_are_the_scripts_own",
        DEFINITION,
        '"DefaultValue": 0.25',
        '"DefaultValue": 0.5',
        "Preprocess, --test-fraction: expected: 0.25, .*got: 0.5; fix: ",
    ),
    "a script does not exist": Case(
        "test_every_script_of_the_definition_is_there",
        DEFINITION,
        "code/steps/evaluate.py",
        "code/steps/evaluation.py",
        "Evaluate: expected: one of steps/evaluate.py, .*got: steps/evaluation.py",
    ),
    "an entry point is outside of the code": Case(
        "test_every_script_of_the_definition_is_there",
        DEFINITION,
        "input/code/steps/evaluate.py",
        "input/steps/evaluate.py",
        "Evaluate: .*got: /opt/ml/processing/input/steps/evaluate.py",
    ),
    "code is not on the import path": Case(
        "test_the_entry_point_is_a_script_of_the_bundle",
        DEFINITION,
        '"PYTHONPATH": "/opt/ml/processing/input/code"',
        '"PYTHONPATH": "/opt/ml/processing/input"',
        "Preprocess, PYTHONPATH: ",
    ),
    "a step is in no pipeline": Case(
        "test_a_step_is_in_the_pipeline[evaluate]",
        EVERY_DEFINITION,
        "code/steps/evaluate.py",
        "code/steps/train.py",
        "steps/evaluate.py: expected: a step of a pipeline that runs it",
    ),
    "a channel is renamed": Case(
        "test_every_folder_is_where_the_script_looks_for_it",
        DEFINITION,
        '"ChannelName": "train"',
        '"ChannelName": "training"',
        "Train, folders that steps/train.py reads: expected: .*/training; got: .*/train;",
    ),
    "a script looks for a folder that it is not given": Case(
        "test_every_folder_is_where_the_script_looks_for_it",
        TRAIN,
        'step.channel("train", ',
        'step.channel("rows", ',
        "Train, folders that steps/train.py reads: expected: .*/data/train; got: .*rows",
    ),
    "an output's folder is elsewhere": Case(
        "test_every_folder_is_where_the_script_looks_for_it",
        DEFINITION,
        "/opt/ml/processing/output/evaluation",
        "/opt/ml/processing/evaluation",
        "Evaluate, output folder: ",
    ),
    "a step is tested on the rows that it was trained on": Case(
        "test_tables_travel_under_their_own_names",
        DEFINITION,
        OUTPUT.format("test"),
        OUTPUT.format("train"),
        "Preprocess.train → Evaluate.test: expected: Preprocess.test",
    ),
    "records are sent as CSV of another name": Case(
        "test_what_is_scored_is_what_the_server_reads",
        DEFINITION,
        '"ContentType": "application/jsonlines"',
        '"ContentType": "application/json-lines"',
        "Score, ContentType: ",
    ),
    "records lack a column": Case(
        "test_the_model_answers_the_records_of_the_transform",
        PREPROCESS,
        'drop(columns="price")',
        'drop(columns=["price", "rooms"])',
        "Score, records.jsonl: expected: records that the model accepts; got: .*rooms",
    ),
    "records have the label": Case(
        "test_the_model_answers_the_records_of_the_transform",
        PREPROCESS,
        'houses[tested].drop(columns="price")',
        "houses[tested]",
        "Score, records.jsonl: expected: records without the label; got: price; fix: ",
    ),
    "the model cannot be loaded": Case(
        "test_the_model_answers_the_records_of_the_transform",
        "model/predictor.py",
        "def load(",
        "def read(",
        r"Score: .*expected a function load\(folder\)",
    ),
    # data flow
    "an output is not declared": Case(
        "test_a_script_fills_the_declared_outputs_and_no_other",
        PREPROCESS,
        "args.output_dir / name for",
        "args.output_dir / (name + 's') for",
        "Preprocess, outputs that .*expected: quarantine, .*got: quarantines",
    ),
    "another contract is written": Case(
        "test_an_output_keeps_the_contract_that_the_next_step_expects",
        TRAIN,
        'contracts.load("features"), pattern="train"',
        'contracts.load("houses"), pattern="train"',
        "Train: steps/train.py exits with 1",
    ),
    "a table is written without a seal": Case(
        "test_an_output_keeps_the_contract_that_the_next_step_expects",
        PREPROCESS,
        'contracts.write_checked(result.test, test / step.part("test.parquet"), contracts.load("features"))',
        'result.test.to_parquet(test / step.part("test.parquet"))',
        "Preprocess.test → Evaluate.test: expected: features 1.0.0; got: no contract",
    ),
    "an input is not read": Case(
        "test_a_script_reads_every_input_that_it_is_given",
        EVALUATE,
        'features = contracts.read_checked(args.input_dir, contracts.load("features"), pattern="test")',
        'features = pd.DataFrame({"price": [1.0], "rooms": [1], "area": [1.0], "is_house": [True]})',
        "Preprocess.test → Evaluate.test: expected: steps/evaluate.py reads it",
    ),
    "tables from outside are not checked": Case(
        "test_tables_from_outside_are_read_under_contracts",
        PREPROCESS,
        'contracts.read_valid_rows(args.input_dir, contracts.load("houses"))',
        '(pd.read_csv(args.input_dir / "houses.csv", dtype={"kind": "category"}),), contracts.Quarantine()',
        "outside.Parameters.InputData → Preprocess.data: ",
    ),
    "a table is read by no step": Case(
        "test_every_table_is_read_by_a_step",
        DEFINITION,
        OUTPUT.format("test"),
        "Parameters.InputData",
        "Preprocess.test: expected: a step that reads this table",
    ),
    "the path of a JsonGet is wrong": Case(
        "test_every_json_get_finds_a_value_in_a_report_that_the_real_script_wrote",
        DEFINITION,
        '"regression_metrics.rmse.upper"',
        '"regression_metrics.rsme.upper"',
        "Gate, JsonGet .*expected: one of mae, rmse; got: rsme",
    ),
    "a JsonGet leads to no number": Case(
        "test_every_json_get_finds_a_value_in_a_report_that_the_real_script_wrote",
        DEFINITION,
        '"regression_metrics.rmse.upper"',
        '"regression_metrics.rmse"',
        "Gate, JsonGet .*expected: a number",
    ),
    "a property file has another name": Case(
        "test_every_json_get_finds_a_value_in_a_report_that_the_real_script_wrote",
        DEFINITION,
        '"FilePath": "evaluation.json"',
        '"FilePath": "report.json"',
        "expected: a file report.json in the output evaluation of Evaluate",
    ),
    "a report breaks its schema": Case(
        "test_a_report_keeps_its_schema",
        EVALUATE,
        'check_report("evaluation", report)',
        'report["regression_metrics"]["mae"]["value"] = "high"',
        "Evaluate: evaluation",
    ),
    "a metric is not in the log": Case(
        "test_each_metric_finds_its_number_in_the_log",
        DEFINITION,
        '"train:rmse=([0-9.]+)"',
        '"train:mae=([0-9.]+)"',
        "Train, metric train:rmse: .*no match",
    ),
    # determinism
    "an execution id is an argument": Case(
        "test_only_outputs_are_named_after_the_execution",
        DEFINITION,
        '"PYTHONPATH": "/opt/ml/processing/input/code"',
        '"PYTHONPATH": "/opt/ml/processing/input/code", "RUN": {"Get": "Execution.PipelineExecutionId"}',
        "Preprocess: expected: no execution id",
    ),
    "an output is not named after the execution": Case(
        "test_only_outputs_are_named_after_the_execution",
        DEFINITION,
        '"Get": "Execution.PipelineExecutionId"',
        '"Get": "Parameters.Store"',
        "Preprocess, output: expected: a URI with the execution's id",
    ),
    "code is not addressed by its content": Case(
        "test_an_edit_of_a_script_changes_its_own_code_alone",
        DEFINITION,
        "code/train/",
        "code/train/latest/",
        "Train, URI of its code: ",
    ),
    "a step imports a step": Case(
        "test_an_edit_of_a_script_changes_its_own_code_alone",
        EVALUATE,
        "from model import linear\n",
        "from model import linear\nfrom steps import train\n",
        "an edit of steps/train.py changes the code of: ",
    ),
    "the definition is not the reviewed one": Case(
        "test_the_definition_is_the_reviewed_one", DEFINITION, '"ml.m5.large"', '"ml.m5.xlarge"', "--refresh-snapshot"
    ),
    "the service would refuse the definition": Case(
        "test_preflight_has_no_finding",
        DEFINITION,
        '"ml.m5.large"',
        '"ml.m5.lrge"',
        "pipeline.py, Preprocess: error parameter-value: .*ml.m5.lrge",
    ),
    "the definition depends on its folder": Case(
        "test_compiling_again_gives_the_same_bytes",
        PIPELINE,
        '"s3://houses/data"',
        "f\"s3://houses/{__file__.strip('/')}\"",
        "compiled again: expected: .*s3://houses/",
    ),
    # hosts
    "two hosts work on all rows": Case(
        "test_two_hosts_write_the_rows_of_one",
        PREPROCESS,
        'return step.share(tables, quarantine, host=step.host(), split="hash")',
        "return *tables, quarantine",
        "Preprocess.train, train.parquet of two hosts: expected: the 229 rows of one host; got: 458 rows",
    ),
    "two hosts write one file": Case(
        "test_two_hosts_write_the_rows_of_one",
        PREPROCESS,
        'step.part("train.parquet")',
        '"train.parquet"',
        "expected: a file of its own a host; got: train.parquet twice",
    ),
    "the next step reads one part": Case(
        "test_the_next_step_reads_the_parts_as_one_table",
        TRAIN,
        'args.input_dir, contracts.load("features"), pattern="train")',
        'min(args.input_dir.glob("*.parquet")), contracts.load("features"))',
        "Preprocess.train → Train.train, read, 0 of two hosts: expected: the 229 rows",
    ),
    "files are spread over the hosts": Case(
        "test_every_host_gets_all_inputs",
        DEFINITION,
        '"FullyReplicated"',
        '"ShardedByS3Key"',
        "Preprocess, input code: expected: FullyReplicated; got: ShardedByS3Key",
    ),
    # isolation and imports
    "a job has a network": Case(
        "test_every_job_is_isolated",
        DEFINITION,
        '"EnableNetworkIsolation": true',
        '"EnableNetworkIsolation": false',
        "Preprocess: expected: network isolation",
    ),
    "a step has an image of its own": Case(
        "test_every_step_runs_in_the_one_image",
        DEFINITION,
        '"TrainingImage": {\n',
        '"TrainingImage": "another:latest", "Old": {\n',
        "expected: one image; got: another:latest, step-scripts:latest",
    ),
    "the pipeline imports a model": Case(
        "test_the_pipeline_knows_scripts_by_name_only",
        PIPELINE,
        "import sys\n",
        "import sys\nfrom model import linear\n",
        "pipeline.py: expected: no import of what a step is made of; got: model/linear.py",
    ),
    "the pipeline imports a contract": Case(
        "test_the_pipeline_knows_scripts_by_name_only",
        PIPELINE,
        "import sys\n",
        "import sys\nfrom step_scripts import contracts\n",
        "pipeline.py: expected: no import of step_scripts.contracts",
    ),
    # a second pipeline, with a search and a function
    "a default of another pipeline differs": Case(
        "test_the_defaults_of_the_pipeline_are_the_scripts_own",
        TUNING,
        '"DefaultValue": 0.25',
        '"DefaultValue": 0.5',
        "Preprocess, --test-fraction: expected: 0.25",
    ),
    "a range goes below the option's": Case(
        "test_each_value_of_a_range_is_one_that_the_script_accepts",
        TUNING,
        '"MinValue": "0.01"',
        '"MinValue": "-1"',
        r"pipelines/tuning.py, Tune, range of ridge: expected: steps/train.py accepts --ridge -1; got: ridge is -1.0: "
        "expected .*; fix: narrow the range",
    ),
    "a range is of an option that the script does not have": Case(
        "test_each_value_of_a_range_is_one_that_the_script_accepts",
        TUNING,
        '"Name": "ridge"',
        '"Name": "rigde"',
        "range of rigde: expected: steps/train.py accepts --rigde .*Did you mean --ridge",
    ),
    "a category is not one of the option's": Case(
        "test_each_value_of_a_range_is_one_that_the_script_accepts",
        TUNING,
        '"CategoricalParameterRanges": []',
        '"CategoricalParameterRanges": [{"Name": "ridge", "Values": ["1", "much"]}]',
        "range of ridge: expected: steps/train.py accepts --ridge much; .*; fix: leave the value out",
    ),
    "whole numbers are searched by a continuous range": Case(
        "test_each_value_of_a_range_is_one_that_the_script_accepts",
        TRAIN,
        'ridge: Annotated[float, Between(0, 1e9, "penalty on the squares of the weights")] = 1.0',
        'ridge: Annotated[int, Between(0, 1000000000, "penalty on the squares of the weights")] = 1',
        r"range of ridge: expected: steps/train.py accepts --ridge 31\.\d+; .*; fix: search whole numbers",
        "pipelines/tuning.py",
    ),
    "a trial does not print the objective": Case(
        "test_each_metric_finds_its_number_in_the_log",
        TUNING,
        '"train:rmse=([0-9.]+)"',
        '"train:rsme=([0-9.]+)"',
        "Tune, metric train:rmse: .*no match",
    ),
    "a channel of a search is renamed": Case(
        "test_every_folder_is_where_the_script_looks_for_it",
        TUNING,
        '"ChannelName": "train"',
        '"ChannelName": "training"',
        "Tune, folders that steps/train.py reads: expected: .*/training; got: .*/train;",
    ),
    "a trial has a network": Case(
        "test_every_job_is_isolated",
        TUNING,
        '"EnableNetworkIsolation": true',
        '"EnableNetworkIsolation": false',
        "Tune: expected: network isolation",
    ),
    "a model is registered by this execution's id": Case(
        "test_preflight_has_no_finding",
        TUNING,
        '"Get": "Steps.Tune.TrainingJobDefinition.OutputDataConfig.S3OutputPath"',
        '"Std:Join": {"On": "/", "Values": [{"Get": "Parameters.Store"}, "executions", '
        '{"Get": "Execution.PipelineExecutionId"}, "Tune"]}',
        "pipelines/tuning.py, EvaluateWinner: error cached-output: .*Steps.Tune.TrainingJobDefinition",
    ),
    "a package names a report that no step writes": Case(
        "test_a_path_into_an_output_leads_to_a_file_that_the_script_wrote",
        TUNING,
        '"evaluation.json"\n',
        '"report.json"\n',
        "Register, a path into EvaluateWinner.evaluation: expected: one of evaluation.json; got: report.json; fix: ",
    ),
    "a function is not there": Case(
        "test_every_function_of_the_definition_is_there",
        TUNING,
        "function:houses-approve",
        "function:houses-aprove",
        "pipelines/tuning.py, Approve: houses-aprove: .*did you mean approve",
    ),
    "a contract of a function describes no object": Case(
        "test_every_function_has_contracts_of_its_event_and_its_result",
        "contracts/functions/approve.event.schema.json",
        '"type": "object",',
        "",
        "functions/approve.py, its event, contracts/functions/approve.event.schema.json: expected: a JSON Schema",
    ),
    "an input is misspelt": Case(
        "test_the_event_of_a_function_keeps_its_contract",
        TUNING,
        '"reason": "below',
        '"raeson": "below',
        "Approve, input raeson: expected: one of package, reason, status; got: raeson; .*approve.event.schema.json",
    ),
    "a required input is not sent": Case(
        "test_the_event_of_a_function_keeps_its_contract",
        TUNING,
        '"package": {',
        '"reason": {',
        "Approve: expected: an input package; got: ",
    ),
    "an input has another type": Case(
        "test_the_event_of_a_function_keeps_its_contract",
        TUNING,
        '"reason": "below the bound"',
        '"reason": 3',
        'Approve, input reason: expected: type "string"; got: 3',
    ),
    "a parameter may have a value that the function refuses": Case(
        "test_the_event_of_a_function_keeps_its_contract",
        TUNING,
        '"PendingManualApproval"\n',
        '"Pending"\n',
        'Approve, input status: expected: enum .*; got: "Pending"',
    ),
    "a property of another type is sent": Case(
        "test_the_event_of_a_function_keeps_its_contract",
        TUNING,
        '"Get": "Steps.Register.ModelPackageArn"',
        '"Get": "Steps.Register.ModelPackageVersion"',
        "Approve, input package: expected: type string; got: .*of type integer",
    ),
    "an output is not in the result": Case(
        "test_a_function_returns_the_outputs_that_a_step_declares",
        TUNING,
        '"OutputName": "version"',
        '"OutputName": "number"',
        "Approve, output number: expected: one of status, version; got: number",
    ),
    "an output has another type": Case(
        "test_a_function_returns_the_outputs_that_a_step_declares",
        TUNING,
        '"OutputType": "Integer"',
        '"OutputType": "String"',
        "Approve, output version: expected: integer; got: String",
    ),
    "an output may be absent": Case(
        "test_a_function_returns_the_outputs_that_a_step_declares",
        "contracts/functions/approve.result.schema.json",
        '"required": ["status", "version"]',
        '"required": ["status"]',
        "Approve, output version: expected: a key that each result has",
        "pipelines/tuning.py",
    ),
    # every step
    "a step has another public function": Case(
        "test_a_step_has_five_public_functions[train]",
        TRAIN,
        "def parser()",
        "def helper():\n    pass\n\n\ndef parser()",
        "steps/train.py: expected: .*got: helper, ",
    ),
    "an option has no flag": Case(
        "test_options_are_keyword_only_and_have_flags[evaluate]",
        EVALUATE,
        "flags = step.parser(evaluate)",
        "flags = argparse.ArgumentParser()",
        "steps/evaluate.py, bootstrap_samples: expected: a flag --bootstrap-samples",
    ),
    "a step is too long": Case(
        "test_a_step_fits_one_screens_worth_of_ideas[train]",
        TRAIN,
        "import sys\n",
        "import sys\n" + 120 * "\n",
        "lines",
    ),
    "a step imports another": Case(
        "test_no_step_imports_a_step[evaluate]",
        EVALUATE,
        "from model import linear\n",
        "from model import linear\nfrom steps.train import Trained\n",
        "move what both need",
    ),
    "a docstring has no example": Case(
        "test_the_docstring_is_complete[train]", TRAIN, ">>> ", "", "an example that begins with >>>"
    ),
    "a step changes its input": Case(
        "test_arguments_are_not_mutated[train]",
        TRAIN,
        "    step.checked(train, locals())\n",
        "    step.checked(train, locals())\n    features.loc[0, 'rooms'] = 7 + features.loc[0, 'rooms'] % 2\n",
        "train: argument",
    ),
    "a step draws random numbers": Case(
        "test_the_same_input_gives_the_same_result[evaluate]",
        EVALUATE,
        'seed=options["seed"],',
        "seed=None,",
        "evaluate: result.*expected: .*got: ",
    ),
    "help imports what is slow": Case(
        "test_help_is_quick[train]",
        TRAIN,
        "import numpy as np\n",
        "import boto3\nimport numpy as np\n",
        "slow",
    ),
    "a script prints no report": Case(
        "test_a_step_runs_as_a_script_without_arguments[train]",
        TRAIN,
        "step.report(rmse=",
        "print(",
        "fix: end main with",
    ),
    "a script leaves a file": Case(
        "test_a_script_writes_below_runs_only[train]",
        TRAIN,
        '    print(f"train:rmse',
        "    Path('left.txt').touch()\n    print(f\"train:rmse",
        "left.txt",
    ),
    "a script's files change from run to run": Case(
        "test_a_script_writes_what_the_function_returns[evaluate]",
        EVALUATE,
        'step.write_json(folder / "evaluation.json", report)',
        'step.write_json(folder / "evaluation.json", report | {"seen": id(report)})',
        "evaluation.json",
    ),
    "outputs are not announced": Case(
        "test_a_script_says_where_its_results_are[evaluate]",
        EVALUATE,
        'with step.all_or_nothing(args.output_dir / "evaluation") as (folder,):\n        step',
        'if folder := args.output_dir / "evaluation":\n        step',
        "step.all_or_nothing",
    ),
    "an unknown flag is ignored": Case(
        "test_an_unknown_flag_is_wrong_usage[train]",
        TRAIN,
        "args = parser().parse_args(argv)",
        "args, _ = parser().parse_known_args(argv)",
        "DID NOT RAISE|1 == 2|exit",
    ),
    "a missing folder is ignored": Case(
        "test_a_folder_that_is_not_there_is_a_message[train]",
        TRAIN,
        "return (contracts.read_checked(args.input_dir,",
        "return (contracts.read_checked(step.channel('train', fixture='preprocess/train'),",
        "",
    ),
}
