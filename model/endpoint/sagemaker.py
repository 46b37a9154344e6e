"""Claims to an endpoint in SageMaker, by the user's own account. The one file in steps/ that knows AWS.

Steps are jobs, and jobs touch no AWS API, so that they run where no network is. `analyse` is none: see
docs/decisions/0001-layout-and-environment.md, and the wall in pyproject.toml that lets this file through.
"""

from model.endpoint.http import Ask, sentence
from step_scripts import step


def in_sagemaker(name: str) -> Ask:
    """Return a function that sends a claim to an endpoint of the account and the region that the environment names.

    Parameters
    ----------
    name
        The endpoint's.

    Raises
    ------
    StepError
        When boto3 is not installed, or nothing names a region. The function raises one when an answer is refused, by
        the container or by SageMaker.
    """
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise step.StepError(
            f"endpoint {name} of SageMaker is asked through boto3, which is not installed here: pip install boto3, or "
            "name a URL by --endpoint"
        ) from None

    def unreached(error: Exception) -> step.StepError:
        return step.StepError(
            f"endpoint {name} of SageMaker: {error}; expected an endpoint that is InService, credentials that allow "
            "sagemaker:InvokeEndpoint, and its region in AWS_DEFAULT_REGION or the profile"
        )

    try:
        client = boto3.Session().client("sagemaker-runtime", config=Config(retries={"mode": "standard"}))
    except BotoCoreError as error:
        raise unreached(error) from None

    def ask(claim: bytes) -> bytes:
        kinds = {"ContentType": "application/json", "Accept": "application/json"}
        try:
            answer: bytes = client.invoke_endpoint(EndpointName=name, Body=claim, **kinds)["Body"].read()
        except client.exceptions.ModelError as error:  # the container's own answer, which was none of 2xx
            status, body = error.response["OriginalStatusCode"], error.response["OriginalMessage"]
            raise step.StepError(f"endpoint {name} of SageMaker answers {status}: {sentence(body.encode())}") from None
        except (BotoCoreError, ClientError) as error:
            raise unreached(error) from None
        return answer

    return ask
