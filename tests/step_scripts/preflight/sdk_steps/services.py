"""EMR, EMR Serverless, Lineage, Job, AutoML and Cleanup steps."""

from types import SimpleNamespace
from unittest import mock

from sagemaker.core.helper.session_helper import Session
from sagemaker.core.lambda_helper import Lambda
from sagemaker.core.lineage.action import Action
from sagemaker.core.lineage.artifact import Artifact
from sagemaker.core.lineage.context import Context
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.parameters import ParameterString
from sagemaker.core.workflow.pipeline_capture import capture_create_job_request
from sagemaker.core.workflow.pipeline_context import _StepArguments
from sagemaker.core.workflow.properties import Properties
from sagemaker.mlops.workflow.automl_step import AutoMLStep
from sagemaker.mlops.workflow.cleanup_step import CleanupStep, S3CleanupSource
from sagemaker.mlops.workflow.emr_serverless_step import EMRServerlessJobConfig, EMRServerlessStep
from sagemaker.mlops.workflow.emr_step import EMRStep, EMRStepConfig
from sagemaker.mlops.workflow.lambda_step import LambdaStep
from sagemaker.mlops.workflow.lineage_step import LineageAssociation, LineageEntityReference, LineageStep
from sagemaker.mlops.workflow.retry import StepExceptionTypeEnum, StepRetryPolicy
from sagemaker.mlops.workflow.step_dependency import StepDependency, TriggerCondition
from sagemaker.mlops.workflow.steps import CacheConfig, JobStep

CACHE = CacheConfig(enable_caching=True, expire_after="P1D")
RETRIES = [StepRetryPolicy(exception_types=[StepExceptionTypeEnum.SERVICE_FAULT], max_attempts=3)]


def cluster(given):
    """A job on an existing cluster, one with a new cluster, and a step that reads properties of both."""
    running = ParameterString("Cluster", default_value="j-1")
    config = EMRStepConfig(
        jar="s3://bucket/job.jar", args=["--depth", "3"], main_class="Main", output_args={"out": "s3://bucket/out"}
    )
    there = EMRStep(
        name="There",
        display_name="There",
        description="a job",
        cluster_id=running,
        step_config=config,
        cache_config=CACHE,
        execution_role_arn=given.role,
    )
    groups = [{"Name": "main", "InstanceRole": "MASTER", "InstanceCount": 1, "InstanceType": "m5.xlarge"}]
    own = EMRStep(
        name="Own",
        display_name="Own",
        description="a job",
        cluster_id=None,
        step_config=EMRStepConfig(jar="s3://bucket/job.jar"),
        cluster_config={
            "Instances": {"InstanceGroups": groups},
            "ReleaseLabel": "emr-7.0.0",
            "ServiceRole": given.role,
        },
    )
    read = {
        "cluster": there.properties.ClusterId,
        "out": there.emr_outputs["out"],
        "state": own.properties.Status.State,
        "name": own.properties.Name,
    }
    return [running, there, own, _read_by(read)]


def serverless(given):
    """A job of an existing serverless application, and one with a new application."""
    job = EMRServerlessJobConfig(
        job_driver={"sparkSubmit": {"entryPoint": "s3://bucket/job.py"}},
        execution_role_arn=given.role,
        execution_timeout_minutes=60,
        name="job",
        tags={"team": "houses"},
    )
    there = EMRServerlessStep(
        name="There",
        display_name="There",
        description="a job",
        job_config=job,
        application_id="00f1",
        cache_config=CACHE,
        retry_policies=RETRIES,
    )
    own = EMRServerlessStep(
        name="Own",
        display_name="Own",
        description="a job",
        job_config=job,
        application_config={"name": "spark", "releaseLabel": "emr-7.0.0", "type": "SPARK"},
        depends_on=[there],
    )
    return [there, own]


def lineage(given):
    """An action, an artifact and a context, their associations, and a step that reads their ARNs."""
    run, trained = LineageEntityReference("run", "Action"), LineageEntityReference("trained", "Artifact")
    houses = LineageEntityReference("houses", "Context")
    record = LineageStep(
        name="Record",
        actions=[
            Action.create(
                action_name="run",
                source_uri="s3://bucket/run",
                source_type="S3ETag",
                action_type="ModelTraining",
                status="Completed",
                sagemaker_session=given.session,
            )
        ],
        artifacts=[
            Artifact.create(
                artifact_name="trained",
                source_uri="s3://bucket/model.tar.gz",
                artifact_type="Model",
                sagemaker_session=given.session,
            )
        ],
        contexts=[
            Context.create(
                context_name="houses",
                source_uri=ExecutionVariables.PIPELINE_ARN,
                context_type="Pipeline",
                sagemaker_session=given.session,
            )
        ],
        associations=[
            LineageAssociation(run, trained, "Produced"),
            LineageAssociation(
                houses, LineageEntityReference(arn="arn:aws:sagemaker:us-east-1:111122223333:artifact/a")
            ),
        ],
    )
    read = {
        "action": record.properties.ActionArns["run"],
        "artifact": record.properties.ArtifactArns["trained"],
        "context": record.properties.ContextArns["houses"],
    }
    return [record, _read_by(read)]


def job(given):
    """A Job step, whose configuration is a document, and a step that reads a member of the document."""
    table = ParameterString("Table", default_value="s3://bucket/table")

    def capture(producer):
        capture_create_job_request(
            producer.sagemaker_session,
            job_name="job",
            role_arn=given.role,
            job_category="AgentRFT",
            schema_version="1.0.0",
            job_config={
                "InputDataConfig": {"TrainingDataset": table},
                "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
            },
        )

    producer = SimpleNamespace(sagemaker_session=given.session)
    tune = JobStep(name="Tune", step_args=_StepArguments("create_job", capture, producer), retry_policies=RETRIES)
    inside = Properties(step_name="Tune", path="JobConfigDocument.OutputModelPackageArn", step=tune)
    read = {"arn": tune.properties.JobArn, "status": tune.properties.JobStatus, "model": inside}
    return [table, tune, _read_by(read)]


def automl(given):
    """An AutoML job, its best candidate, and its reports.

    SDK v3 has the step, but not the class that makes its request: a substitute takes the request of `Session.auto_ml`.
    """
    request = {
        "AutoMLJobName": "search",
        "InputDataConfig": [
            {
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/table"}},
                "TargetAttributeName": "price",
            }
        ],
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ProblemType": "BinaryClassification",
        "AutoMLJobObjective": {"MetricName": "AUC"},
        "AutoMLJobConfig": {"Mode": "ENSEMBLING", "CompletionCriteria": {"MaxCandidates": 5}},
        "RoleArn": given.role,
    }

    def auto_ml(producer):
        producer.sagemaker_session._intercept_create_request(dict(request), None, "auto_ml")

    producer = SimpleNamespace(sagemaker_session=given.session)
    with mock.patch.object(Session, "auto_ml", auto_ml, create=True):
        search = AutoMLStep(
            name="Search",
            step_args=_StepArguments("auto_ml", auto_ml, producer),
            cache_config=CACHE,
            retry_policies=RETRIES,
        )
    best = search.properties.BestCandidate
    read = {
        "image": best.InferenceContainers[0].Image,
        "model": best.InferenceContainers[0].ModelDataUrl,
        "program": best.InferenceContainers[0].Environment["SAGEMAKER_PROGRAM"],
        "metric": best.FinalAutoMLJobObjectiveMetric.Value,
        "insights": search.properties.BestCandidateProperties.ModelInsightsJsonReportPath,
        "reasons": search.properties.BestCandidateProperties.ExplainabilityJsonReportPath,
    }
    return [search, _read_by(read)]


def cleanup(given):
    """A cleanup of a step's outputs, whether the step succeeds or fails."""
    job = EMRServerlessJobConfig(
        job_driver={"sparkSubmit": {"entryPoint": "s3://bucket/job.py"}}, execution_role_arn=given.role
    )
    first = EMRServerlessStep(
        name="First", display_name="First", description="a job", job_config=job, application_id="00f1"
    )
    return [
        first,
        CleanupStep(name="Clean", s3_sources=[S3CleanupSource(first, ["s3://bucket/out/part"])]),
        CleanupStep(
            name="Anyway",
            s3_sources=[S3CleanupSource("First")],
            depends_on=[StepDependency(first, TriggerCondition.ANY)],
        ),
    ]


def _read_by(inputs):
    called = Lambda(function_arn="arn:aws:lambda:us-east-1:111122223333:function:tell")
    return LambdaStep(name="Tell", lambda_func=called, inputs=inputs)
