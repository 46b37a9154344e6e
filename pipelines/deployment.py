"""The deployment pipeline: it deploys the latest approved version of the model, by steps of the service.

Latest → CreateModel → EndpointConfig → Endpoint. A definition cannot ask the registry which version that is, so a
function does: ``functions/latest.py``. Without an approved version it fails, and nothing is deployed.

`pipelines/deployment_by_lambda.py` does the same by one function.
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
# No parameter: the service is not known to take one as a function's ARN (`step_scripts.jobs.functions`).
LATEST = "arn:aws:lambda:us-east-1:111122223333:function:step-scripts-latest"


def parameters() -> dict[str, Parameter]:
    """List what can be set when an execution starts.

    Returns
    -------
    dict of str to sagemaker.core.workflow.parameters.Parameter
        Name to parameter, in the order in which the definition declares them.

    Examples
    --------
    >>> parameters()["EndpointName"].default_value
    'claims-fraud'
    """
    from sagemaker.core.workflow.parameters import ParameterInteger, ParameterString

    declared = [
        ParameterString("Role", "arn:aws:iam::111122223333:role/step-scripts"),
        ParameterString("ModelPackageGroup", "claims-fraud"),
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
    ...     [step.name for step in build(session).steps]
    ['Latest', 'CreateModel', 'EndpointConfig', 'Endpoint']
    """
    from sagemaker.mlops.workflow.pipeline import Pipeline

    from step_scripts.jobs.shapes import Jobs, result_of

    p = parameters()
    jobs = Jobs(session, root=ROOT, role=p["Role"])

    latest = jobs.invoke(
        "Latest",
        function=LATEST,
        inputs={"group": p["ModelPackageGroup"]},
        outputs={"model_package_arn": "String", "version": "Integer"},
    )
    model = jobs.create_model("CreateModel", package=result_of(latest, "model_package_arn"))
    config = jobs.endpoint_config(
        "EndpointConfig",
        endpoint_name=p["EndpointName"],
        model=model,
        instance_type=p["EndpointInstanceType"],
        instance_count=p["EndpointInstanceCount"],
    )
    endpoint = jobs.endpoint("Endpoint", endpoint_name=p["EndpointName"], config=config)

    return Pipeline(
        name="claims-fraud-deployment",
        parameters=list(p.values()),
        steps=[latest, model, config, endpoint],
        sagemaker_session=session,
    )


if __name__ == "__main__":
    sys.exit(main(build))
