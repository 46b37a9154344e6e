"""Settings of jobs: which values they take, how a step overrides the pipeline, and where they lie in the request."""

import json

import pytest

from step_scripts import preflight
from step_scripts.local import sdk

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TYPES = {
    "Prepare": "Processing",
    "Fit": "Training",
    "Tune": "Tuning",
    "Register": "RegisterModel",
    "Model": "Model",
    "Score": "Transform",
    "Config": "EndpointConfig",
    "Endpoint": "Endpoint",
}


@pytest.fixture(scope="module")
def jobs(session):  # noqa: ARG001 - imports the SDK as every program of ours does
    """The module under test, with the SDK's parameters and policies."""
    from sagemaker.core.workflow import parameters
    from sagemaker.mlops.workflow import retry

    from step_scripts.jobs import requests, settings

    class Names:
        JobDefaults, JobsError, PLACES = settings.JobDefaults, settings.JobsError, requests.PLACES
        Text, Whole = parameters.ParameterString, parameters.ParameterInteger
        retry_step = retry.StepRetryPolicy([retry.StepExceptionTypeEnum.THROTTLING], max_attempts=3)
        retry_job = retry.SageMakerJobStepRetryPolicy(
            [retry.SageMakerJobExceptionTypeEnum.CAPACITY_ERROR], expire_after_mins=60
        )
        retry_unlimited = retry.StepRetryPolicy([retry.StepExceptionTypeEnum.THROTTLING])

    return Names


@pytest.fixture(scope="module")
def parameters(jobs):
    """A pipeline parameter for each setting that can be one."""
    texts = {
        "Role": "arn:aws:iam::111122223333:role/jobs",
        "InstanceType": "ml.m5.xlarge",
        "Subnet": "subnet-0123456789abcdef0",
        "Group": "sg-0123456789abcdef0",
        "VolumeKey": KEY,
        "OutputKey": KEY,
        "Checkpoints": "s3://bucket/checkpoints",
        "Level": "debug",
        "Team": "houses",
    }
    numbers = {"Count": 2, "Volume": 50, "MaxRuntime": 1800, "MaxWait": 3600, "Threads": 2}
    declared = [jobs.Text(name, value) for name, value in texts.items()]
    declared += [jobs.Whole(name, value) for name, value in numbers.items()]
    return {parameter.name: parameter for parameter in declared}


@pytest.fixture(scope="module")
def everything(jobs, parameters):
    """Every setting, as a parameter where that is possible."""
    p = parameters
    return jobs.JobDefaults(
        role=p["Role"],
        instance_type=p["InstanceType"],
        instance_count=p["Count"],
        volume_gb=p["Volume"],
        max_runtime_s=p["MaxRuntime"],
        environment={"LEVEL": p["Level"], "THREADS": p["Threads"], "SAFE": True},
        subnets=[p["Subnet"]],
        security_groups=[p["Group"]],
        volume_kms_key=p["VolumeKey"],
        output_kms_key=p["OutputKey"],
        tags={"team": p["Team"], "stage": "test"},
        spot_max_wait_s=p["MaxWait"],
        checkpoints=p["Checkpoints"],
        retry_policies=[jobs.retry_step, jobs.retry_job],
        cache_expiry="PT6H",
    )


@pytest.fixture(scope="module")
def text(compile_houses, everything, parameters):
    """The definition with every setting."""
    return compile_houses(everything, parameters=parameters.values())


def get(name):
    """Return a parameter as a definition has it."""
    return {"Get": f"Parameters.{name}"}


ENVIRONMENT = {"LEVEL": get("Level"), "THREADS": {"Std:Join": {"On": "", "Values": [get("Threads")]}}, "SAFE": "true"}
EXPECTED = {
    "role": get("Role"),
    "instance_type": get("InstanceType"),
    "instance_count": get("Count"),
    "volume_gb": get("Volume"),
    "max_runtime_s": get("MaxRuntime"),
    "environment": ENVIRONMENT,
    "subnets": [get("Subnet")],
    "security_groups": [get("Group")],
    "volume_kms_key": get("VolumeKey"),
    "output_kms_key": get("OutputKey"),
    "tags": [{"Key": "team", "Value": get("Team")}, {"Key": "stage", "Value": "test"}],
    "spot_max_wait_s": get("MaxWait"),
    "checkpoints": {"Std:Join": {"On": "/", "Values": [get("Checkpoints"), "STEP"]}},
}
# Written a second time: where the service's API reference has them.
WHERE = {
    "Prepare": {
        "role": "RoleArn",
        "instance_type": "ProcessingResources/ClusterConfig/InstanceType",
        "instance_count": "ProcessingResources/ClusterConfig/InstanceCount",
        "volume_gb": "ProcessingResources/ClusterConfig/VolumeSizeInGB",
        "max_runtime_s": "StoppingCondition/MaxRuntimeInSeconds",
        "environment": "Environment",
        "subnets": "NetworkConfig/VpcConfig/Subnets",
        "security_groups": "NetworkConfig/VpcConfig/SecurityGroupIds",
        "volume_kms_key": "ProcessingResources/ClusterConfig/VolumeKmsKeyId",
        "output_kms_key": "ProcessingOutputConfig/KmsKeyId",
        "tags": "Tags",
    },
    "Fit": {
        "role": "RoleArn",
        "instance_type": "ResourceConfig/InstanceType",
        "instance_count": "ResourceConfig/InstanceCount",
        "volume_gb": "ResourceConfig/VolumeSizeInGB",
        "max_runtime_s": "StoppingCondition/MaxRuntimeInSeconds",
        "environment": "Environment",
        "subnets": "VpcConfig/Subnets",
        "security_groups": "VpcConfig/SecurityGroupIds",
        "volume_kms_key": "ResourceConfig/VolumeKmsKeyId",
        "output_kms_key": "OutputDataConfig/KmsKeyId",
        "tags": "Tags",
        "spot_max_wait_s": "StoppingCondition/MaxWaitTimeInSeconds",
        "checkpoints": "CheckpointConfig/S3Uri",
    },
    "Tune": {
        "role": "TrainingJobDefinition/RoleArn",
        "instance_type": "TrainingJobDefinition/ResourceConfig/InstanceType",
        "instance_count": "TrainingJobDefinition/ResourceConfig/InstanceCount",
        "volume_gb": "TrainingJobDefinition/ResourceConfig/VolumeSizeInGB",
        "max_runtime_s": "TrainingJobDefinition/StoppingCondition/MaxRuntimeInSeconds",
        "environment": "TrainingJobDefinition/Environment",
        "subnets": "TrainingJobDefinition/VpcConfig/Subnets",
        "security_groups": "TrainingJobDefinition/VpcConfig/SecurityGroupIds",
        "volume_kms_key": "TrainingJobDefinition/ResourceConfig/VolumeKmsKeyId",
        "output_kms_key": "TrainingJobDefinition/OutputDataConfig/KmsKeyId",
        "tags": "Tags",
        "spot_max_wait_s": "TrainingJobDefinition/StoppingCondition/MaxWaitTimeInSeconds",
        "checkpoints": "TrainingJobDefinition/CheckpointConfig/S3Uri",
    },
    "Register": {"environment": "InferenceSpecification/Containers/0/Environment"},
    "Model": {
        "role": "ExecutionRoleArn",
        "environment": "PrimaryContainer/Environment",
        "subnets": "VpcConfig/Subnets",
        "security_groups": "VpcConfig/SecurityGroupIds",
        "tags": "Tags",
    },
    "Score": {
        "instance_type": "TransformResources/InstanceType",
        "instance_count": "TransformResources/InstanceCount",
        "environment": "Environment",
        "volume_kms_key": "TransformResources/VolumeKmsKeyId",
        "output_kms_key": "TransformOutput/KmsKeyId",
        "tags": "Tags",
    },
    "Config": {
        "instance_type": "ProductionVariants/0/InstanceType",
        "instance_count": "ProductionVariants/0/InitialInstanceCount",
        "volume_kms_key": "KmsKeyId",
        "tags": "Tags",
    },
    "Endpoint": {"tags": "Tags"},
}


@pytest.mark.parametrize(("step", "name"), [(step, name) for step, places in WHERE.items() for name in places])
def test_each_setting_lies_where_the_service_reads_it(step, name, text, steps_of):
    """In the request of its step, as a reference to its parameter."""
    found = steps_of(text)[step]["Arguments"]
    for member in WHERE[step][name].split("/"):
        found = found[int(member) if isinstance(found, list) else member]
    if name == "environment":
        found = {variable: value for variable, value in found.items() if variable != "PYTHONPATH"}
    assert json.dumps(found) == json.dumps(EXPECTED[name]).replace("STEP", step)


def test_no_setting_of_a_step_is_left_untested(jobs):
    """The places above are all that there are."""
    assert {kind: set(places) for kind, places in jobs.PLACES.items()} == {
        TYPES[step]: set(places) for step, places in WHERE.items()
    }


def test_spot_cache_and_retries_are_of_the_steps_that_have_them(text, steps_of):
    """Spot is training's; what makes a new name has no cache; what starts no job has no policy for a job's failure."""
    steps = steps_of(text)
    spots = {"Fit": steps["Fit"]["Arguments"], "Tune": steps["Tune"]["Arguments"]["TrainingJobDefinition"]}
    assert text.count("EnableManagedSpotTraining") == 2
    assert all(job["EnableManagedSpotTraining"] is True for job in spots.values())
    cache = {"Enabled": True, "ExpireAfter": "PT6H"}
    cached = {name: step["CacheConfig"] for name, step in steps.items() if "CacheConfig" in step}
    assert cached == dict.fromkeys(("Prepare", "Fit", "Tune"), cache)
    policies = {name: step["RetryPolicies"] for name, step in steps.items() if "RetryPolicies" in step}
    kinds = {name: [policy["ExceptionType"] for policy in some] for name, some in policies.items()}
    both = [["Step.THROTTLING"], ["SageMaker.CAPACITY_ERROR"]]
    jobs = dict.fromkeys(("Prepare", "Fit", "Tune", "Score"), both)
    assert kinds == {**jobs, **dict.fromkeys(("Register", "Model", "Config"), both[:1])}


def test_preflight_finds_nothing_wrong(text):
    """With every setting as a parameter, and no key missing."""
    # Which types local mode runs is no business of a request.
    assert [each for each in preflight.check(json.loads(text)) if each.rule != "local-mode"] == []


def test_compiling_again_gives_the_same_bytes(text, compile_houses, everything, parameters):
    """With every setting, in another pipeline object of the same session."""
    assert compile_houses(everything, parameters=parameters.values()) == text


def test_what_is_not_set_is_not_written(compile_houses, jobs, steps_of):
    """Default settings that say nothing change no byte, and no request has an empty network or list of tags."""
    text = compile_houses()
    assert compile_houses(jobs.JobDefaults()) == text
    assert compile_houses(jobs.JobDefaults(environment={}, tags={}, subnets=[], security_groups=[])) == text
    for word in ("Vpc", "Kms", "Tags", "Spot", "Checkpoint", "RetryPolicies", "000000000000"):
        assert word not in text
    assert steps_of(text)["Fit"]["Arguments"]["ResourceConfig"]["VolumeSizeInGB"] == 30


def test_a_step_overrides_the_pipeline(compile_houses, jobs, steps_of):
    """Its environment and tags are added; another step keeps the defaults; a step can leave the VPC."""
    defaults = jobs.JobDefaults(
        volume_gb=30,
        environment={"LEVEL": "info", "THREADS": 1},
        tags={"team": "houses"},
        subnets=["subnet-1"],
        security_groups=["sg-1"],
    )
    fit = jobs.JobDefaults(
        volume_gb=200, environment={"LEVEL": "debug"}, tags={"step": "fit"}, subnets=(), security_groups=()
    )
    steps = steps_of(compile_houses(defaults, {"Fit": fit, "Prepare": jobs.JobDefaults(cache_expiry="off")}))
    arguments = steps["Fit"]["Arguments"]
    assert arguments["ResourceConfig"]["VolumeSizeInGB"] == 200
    assert (arguments["Environment"]["LEVEL"], arguments["Environment"]["THREADS"]) == ("debug", "1")
    assert arguments["Tags"] == [{"Key": "team", "Value": "houses"}, {"Key": "step", "Value": "fit"}]
    assert "VpcConfig" not in arguments
    other = steps["Prepare"]["Arguments"]
    assert other["ProcessingResources"]["ClusterConfig"]["VolumeSizeInGB"] == 30
    assert other["Environment"]["LEVEL"] == "info"
    assert other["NetworkConfig"]["VpcConfig"]["Subnets"] == ["subnet-1"]
    assert "CacheConfig" not in steps["Prepare"]


def test_a_roles_parameter_reaches_every_request(compile_houses, parameters, steps_of):
    """The SDK takes text alone for a training job and a model."""
    text = compile_houses(role=parameters["Role"], parameters=[parameters["Role"]])
    steps = steps_of(text)
    found = [steps[name]["Arguments"][WHERE[name]["role"]] for name in ("Prepare", "Fit", "Model")]
    found.append(steps["Tune"]["Arguments"]["TrainingJobDefinition"]["RoleArn"])
    assert found == [get("Role")] * 4
    assert "role/none" not in text


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"volume_gb": 0}, "volume_gb: expected: a whole number above 0, or a pipeline parameter; got: 0"),
        ({"volume_gb": "30"}, "volume_gb: expected: a whole number above 0"),
        ({"max_runtime_s": True}, "max_runtime_s: expected: a whole number"),
        ({"instance_count": 1.5}, "instance_count: expected: a whole number"),
        ({"instance_type": 5}, "instance_type: expected: a text or a pipeline parameter; got: 5"),
        ({"role": ""}, "role: expected: a text or a pipeline parameter; got: ''"),
        (
            {"subnets": "subnet-1"},
            "subnets: expected: a list, each item a text or a pipeline parameter; got: 'subnet-1'",
        ),
        ({"security_groups": [1]}, "security_groups: expected: a list, each item"),
        ({"environment": ["A=1"]}, "environment: expected: a mapping whose names are texts"),
        ({"environment": {"A": object()}}, "JobDefaults, environment, A: expected a text"),
        ({"environment": {"PYTHONPATH": "/x"}}, "environment: expected: no PYTHONPATH, which names the job's code"),
        ({"tags": {1: "a"}}, "tags: expected: a mapping whose names are texts"),
        ({"retry_policies": ["twice"]}, "retry_policies: expected: a list of the SDK's StepRetryPolicy"),
        ({"cache_expiry": 30}, "cache_expiry: expected: a text such as P30D, or off"),
    ],
)
def test_a_setting_of_another_type_is_an_error(settings, message, jobs):
    """The message has the setting, what was expected, what came, and what to do."""
    with pytest.raises(jobs.JobsError) as refused:
        jobs.JobDefaults(**settings)
    assert message in str(refused.value)


def test_what_can_be_no_parameter_is_an_error(jobs, parameters):
    """A whole list, the cache's time, and a policy without a limit."""
    for settings, message in [
        ({"subnets": parameters["Subnet"]}, r"subnets: expected: a list.*got: \{'Get': 'Parameters.Subnet'\}"),
        ({"cache_expiry": parameters["Level"]}, "a pipeline parameter is not possible here; got: {'Get'"),
        ({"retry_policies": [jobs.retry_unlimited]}, "retry_policies: expected: one of max_attempts and expire_after"),
    ]:
        with pytest.raises(jobs.JobsError, match=message):
            jobs.JobDefaults(**settings)


@pytest.mark.parametrize(
    ("step", "settings", "message"),
    [
        (
            "Prepare",
            {"spot_max_wait_s": 60},
            "Prepare: expected: settings of a Processing step .* only a training job r",
        ),
        ("Prepare", {"checkpoints": "s3://b"}, "got: checkpoints, but only a training job has checkpoints"),
        ("Model", {"volume_gb": 60}, "Model: .* got: volume_gb, but the service has no such setting there; fix: leave"),
        ("Score", {"role": "arn"}, "Score: .* got: role, but"),
        (
            "Register",
            {"tags": {"a": "b"}},
            r"settings of a RegisterModel step \(environment, retry_policies\); got: tags",
        ),
        ("Config", {"volume_gb": 5}, "settings of a EndpointConfig step .*; got: volume_gb, but the service has no"),
        ("Endpoint", {"cache_expiry": "P1D"}, "Endpoint: .* got: cache_expiry, but"),
        ("Score", {"cache_expiry": "P1D"}, "got: cache_expiry, but it has no cache that could hit"),
        (
            "Fit",
            {"subnets": ["subnet-1"]},
            "Fit: expected: subnets and security_groups, or neither; got: subnets alone",
        ),
    ],
)
def test_an_override_that_a_step_does_not_have_is_an_error(step, settings, message, jobs, compile_houses):
    """As a default it is left out there; as an override it would have no effect."""
    with pytest.raises(jobs.JobsError, match=message):
        compile_houses(overrides={step: jobs.JobDefaults(**settings)})


def test_a_model_starts_no_job_that_could_be_tried_again(jobs, compile_houses):
    """A policy for a job's failure is an error as an override of a model, a package or a configuration."""
    for step in ("Model", "Register", "Config"):
        with pytest.raises(jobs.JobsError, match="retry policies of kind StepRetryPolicy; got: a SageMakerJob"):
            compile_houses(overrides={step: jobs.JobDefaults(retry_policies=[jobs.retry_job])})


def test_a_step_without_a_machine_is_an_error(root, session, jobs):
    """Neither the step nor the pipeline says what it runs on."""
    from step_scripts.jobs.shapes import Jobs

    made = Jobs(session, root=root, store=jobs.Text("Store"), image=jobs.Text("Image"), role="arn")
    with pytest.raises(jobs.JobsError, match="Prepare: expected: an instance type; got: none; fix: give the step"):
        made.process("Prepare", script="steps/prepare.py", inputs={}, outputs=[])


def test_settings_cannot_be_changed(jobs):
    """Neither by an attribute, nor through what they were made of."""
    environment = {"A": "1"}
    settings = jobs.JobDefaults(environment=environment)
    environment["A"] = "2"
    assert settings.environment == {"A": "1"}
    with pytest.raises(AttributeError):
        settings.volume_gb = 1
    with pytest.raises(TypeError):
        settings.environment["A"] = "3"


def test_the_sdk_still_takes_no_parameters_there(jobs):
    """Canary: when ModelTrainer takes them, the requests need no edit."""
    from sagemaker.core.shapes import StoppingCondition
    from sagemaker.train.configs import Compute

    for make in (
        lambda value: Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=value),
        lambda value: StoppingCondition(max_runtime_in_seconds=value),
    ):
        with pytest.raises(ValueError, match="validation error"):
            make(jobs.Whole("Number", 1))
    assert sdk.edited_arguments
