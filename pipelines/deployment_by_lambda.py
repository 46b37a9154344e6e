"""The deployment pipeline by functions: one approves a version, one deploys, as in the workshop.

DeployLatest deploys the latest approved version. With ``--param ApproveVersion=3``, Approve approves version 3, and
DeployVersion deploys it. ``functions/deploy.py`` creates model, configuration and endpoint by itself. A function may
run for ten minutes at most, so it answers ``Creating`` where the service takes longer. `pipelines/deployment.py` waits.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from step_scripts.pipeline import main

if TYPE_CHECKING:
    from sagemaker.core.workflow.parameters import Parameter
    from sagemaker.core.workflow.pipeline_context import PipelineSession
    from sagemaker.mlops.workflow.pipeline import Pipeline

ROOT = Path(__file__).resolve().parents[1]
# No parameters: the service is not known to take one as a function's ARN (`step_scripts.jobs.functions`).
APPROVE = "arn:aws:lambda:us-east-1:111122223333:function:step-scripts-approve"
DEPLOY = "arn:aws:lambda:us-east-1:111122223333:function:step-scripts-deploy"


def parameters() -> dict[str, Parameter]:
    """List what can be set when an execution starts.

    Returns
    -------
    dict of str to sagemaker.core.workflow.parameters.Parameter
        Name to parameter, in the order in which the definition declares them. ``ApproveVersion`` is 0 where no version
        is to be approved.

    Examples
    --------
    >>> parameters()["ApproveVersion"].default_value
    0
    """
    from sagemaker.core.workflow.parameters import ParameterInteger, ParameterString

    declared = [
        ParameterString("Role", "arn:aws:iam::111122223333:role/step-scripts"),
        ParameterString("ModelPackageGroup", "claims-fraud"),
        ParameterInteger("ApproveVersion", 0),
        ParameterString("EndpointName", "claims-fraud"),
        ParameterString("EndpointInstanceType", "ml.m5.large"),
        ParameterInteger("EndpointInstanceCount", 1),
    ]
    return {parameter.name: parameter for parameter in declared}


def build(session: PipelineSession) -> Pipeline:
    """Build the pipeline: every step with its arguments, and the edges between them.

    Parameters
    ----------
    session : sagemaker.core.workflow.pipeline_context.PipelineSession
        The session that captures the steps' arguments. No target changes a byte of the definition.

    Returns
    -------
    sagemaker.mlops.workflow.pipeline.Pipeline
        The whole pipeline; nothing is uploaded or created.

    Examples
    --------
    >>> from step_scripts.local import sdk
    >>> with sdk.compile_session() as session:
    ...     choice = build(session).steps[0]
    >>> choice.name, [step.name for step in [*choice.if_steps, *choice.else_steps]]
    ('IsApproving', ['Approve', 'DeployVersion', 'DeployLatest'])
    """
    from sagemaker.core.workflow.conditions import ConditionGreaterThanOrEqualTo
    from sagemaker.mlops.workflow.condition_step import ConditionStep
    from sagemaker.mlops.workflow.pipeline import Pipeline

    from step_scripts.jobs.shapes import Jobs, result_of

    p = parameters()
    jobs = Jobs(session, root=ROOT, role=p["Role"])

    approve = jobs.invoke(
        "Approve",
        function=APPROVE,
        inputs={"group": p["ModelPackageGroup"], "version": p["ApproveVersion"], "status": "Approved"},
        outputs={"model_package_arn": "String", "status": "String"},
    )
    target = {
        "group": p["ModelPackageGroup"],
        "endpoint_name": p["EndpointName"],
        "role": p["Role"],
        "instance_type": p["EndpointInstanceType"],
        "instance_count": p["EndpointInstanceCount"],
    }
    deployed = {"model_package_arn": "String", "endpoint_name": "String", "endpoint_status": "String"}
    version = jobs.invoke(
        "DeployVersion",
        function=DEPLOY,
        inputs={**target, "model_package_arn": result_of(approve, "model_package_arn")},
        outputs=deployed,
    )
    latest = jobs.invoke("DeployLatest", function=DEPLOY, inputs=target, outputs=deployed)
    choice = ConditionStep(
        name="IsApproving",
        conditions=[ConditionGreaterThanOrEqualTo(left=p["ApproveVersion"], right=1)],
        if_steps=[approve, version],
        else_steps=[latest],
    )

    return Pipeline(
        name="claims-fraud-deployment-by-lambda",
        parameters=list(p.values()),
        steps=[choice],
        sagemaker_session=session,
    )


if __name__ == "__main__":
    sys.exit(main(build))
