"""RegisterModel: a new version of a model package group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from step_scripts.local.executors.base import Executor, StepError

if TYPE_CHECKING:
    from collections.abc import Mapping


class RegisterModel(Executor):
    """Registers a model package. The account keeps it in the registry's folder (`step_scripts.sandbox.registry`)."""

    step_type = "RegisterModel"

    def run(self) -> dict[str, Any]:
        """Make the group, as the service does, and the next version in it."""
        from botocore.exceptions import BotoCoreError, ClientError

        client, request = self.context.client(), {"CertifyForMarketplace": False, **self.step.arguments}
        group = request.get("ModelPackageGroupName")
        try:
            if group and not _exists(client, group):
                client.create_model_package_group(ModelPackageGroupName=group)
            arn = client.create_model_package(**request)["ModelPackageArn"]
            package: dict[str, Any] = client.describe_model_package(ModelPackageName=arn)
        except ClientError as error:
            raise StepError(error.response["Error"]["Message"]) from None
        except BotoCoreError as error:  # a request that the service's model does not allow
            raise StepError(str(error)) from None
        package.pop("ResponseMetadata", None)
        version = package.get("ModelPackageVersion")
        self.report = {"version": str(version)} if version else {}
        self.report["approval"] = package.get("ModelApprovalStatus", "PendingManualApproval")
        return package

    @staticmethod
    def metadata(properties: Mapping[str, Any]) -> dict[str, Any]:
        """Name the version."""
        return {"RegisterModel": {"Arn": properties["ModelPackageArn"]}}


def _exists(client: Any, group: str) -> bool:  # noqa: ANN401  # botocore creates its classes at run time
    pages = client.get_paginator("list_model_package_groups").paginate()
    names = (each["ModelPackageGroupName"] for page in pages for each in page["ModelPackageGroupSummaryList"])
    return group.rpartition("/")[2] in names
