"""moto's SageMaker, with what it lacks. ``tests/step_scripts/sandbox/test_canaries.py`` fails when moto has it.

======================================================  ===============================================================
of moto's SageMaker                                     what is different here
======================================================  ===============================================================
model packages and their groups                         moto forgets them at the end of the process; here they last,
                                                        in a folder (`step_scripts.sandbox.registry`)
create_model_package                                    moto takes an artifact that does not exist, and numbers versions
                                                        by counting them
update_model_package                                    moto removes the status, the description and the metadata that
                                                        the call does not give
======================================================  ===============================================================
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from moto.s3.models import s3_backends
from moto.sagemaker.exceptions import SagemakerClientError, ValidationError
from moto.sagemaker.models import ModelPackage, sagemaker_backends
from moto.utilities.utils import get_partition

from step_scripts.sandbox import endpoints
from step_scripts.sandbox.registry import Registry, RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from step_scripts.sandbox.endpoints import Servers
    from step_scripts.sandbox.registry import Version

_PREFIX = "s3://"
# moto's attributes of a model package, and the members of the service's answer in which they are kept.
_MEMBERS = {
    "model_package_description": "ModelPackageDescription",
    "inference_specification": "InferenceSpecification",
    "validation_specification": "ValidationSpecification",
    "source_algorithm_specification": "SourceAlgorithmSpecification",
    "certify_for_marketplace": "CertifyForMarketplace",
    "metadata_properties": "MetadataProperties",
    "model_metrics": "ModelMetrics",
    "customer_metadata_properties": "CustomerMetadataProperties",
    "drift_check_baselines": "DriftCheckBaselines",
    "domain": "Domain",
    "task": "Task",
    "sample_payload_url": "SamplePayloadUrl",
    "additional_inference_specifications": "AdditionalInferenceSpecifications",
}

_WITH_FILES = (
    "inference_specification",
    "additional_inference_specifications",
    "model_metrics",
    "drift_check_baselines",
)


class BrokenRegistry(SagemakerClientError):  # type: ignore[misc]  # noqa: N818  # the code that a client sees
    """A file of the registry is broken. The service has no such error, so no caller takes it for another one."""

    code = "BrokenRegistry"

    def __init__(self, message: str) -> None:
        super().__init__(message)


class Backend(endpoints.EndpointsBackend):
    """moto's SageMaker of one account and region.

    Attributes
    ----------
    registry
        Where its model packages last.
    """

    __module__ = "moto.sagemaker.models"  # moto's metaclass reads the service's name from here
    registry: Registry

    def create_model_package_group(
        self,
        model_package_group_name: str,
        model_package_group_description: str | None = None,
        tags: Any = None,  # noqa: ANN401
    ) -> str:
        """Make a group that lasts."""
        with self.registry.locked(), _as_the_service_says():
            self._read_registry()
            self.registry.add_group(model_package_group_name, model_package_group_description)
        arn: str = super().create_model_package_group(model_package_group_name, model_package_group_description, tags)
        return arn

    def create_model_package(self, **request: Any) -> str:  # noqa: ANN401
        """Register a version that lasts, with copies of the files that it names."""
        group = request.get("model_package_group_name")
        if not group:
            arn: str = super().create_model_package(**request)
            return arn
        request["model_package_group_name"] = group = group.rpartition("/")[2]
        with self.registry.locked():
            self._read_registry()
            if request.get("model_approval_status") is None:
                request["model_approval_status"] = "PendingManualApproval"
            files: dict[str, bytes] = {}
            for uri in sorted(set(_uris([request.get(name) for name in _WITH_FILES]))):
                files |= self._stored(uri)
            package = self.model_packages[super().create_model_package(**request)]
            version = self.registry.add(group, _plain(package), files)
            self._take(package, version)
            return str(package.arn)

    def update_model_package(self, model_package_arn: str, **changes: Any) -> str:  # noqa: ANN401
        """Change what the call gives, and nothing else."""
        with self.registry.locked():
            package = self.describe_model_package(model_package_arn)
            now = {name: getattr(package, name) for name in ("model_approval_status", "approval_description")}
            kept = {name: value if changes.get(name) is None else changes[name] for name, value in now.items()}
            added = changes["customer_metadata_properties"] or {}
            kept["customer_metadata_properties"] = {**(package.customer_metadata_properties or {}), **added}
            arn: str = super().update_model_package(model_package_arn, **{**changes, **kept})
            if package.model_package_version is not None:
                found = self.registry.version(package.model_package_group_name, package.model_package_version)
                self.registry.change(_with(found, package))
            return arn

    def describe_model_package_group(self, model_package_group_name: str) -> Any:  # noqa: ANN401
        """Know the groups of earlier runs."""
        self._read_registry()
        return super().describe_model_package_group(model_package_group_name)

    def list_model_package_groups(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Know the groups of earlier runs."""
        self._read_registry()
        return super().list_model_package_groups(*args, **kwargs)

    def list_model_packages(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Know the versions of earlier runs."""
        self._read_registry()
        return super().list_model_packages(*args, **kwargs)

    def describe_model_package(self, model_package_name: str) -> Any:  # noqa: ANN401
        """Know the versions of earlier runs; what a version names is in S3 again."""
        self._read_registry()
        package = super().describe_model_package(model_package_name)
        if package.model_package_version is not None:
            with _as_the_service_says(BrokenRegistry):
                self._restore(self.registry.version(package.model_package_group_name, package.model_package_version))
        return package

    def _read_registry(self) -> None:
        """Make moto's objects the registry's: other programs may have changed it."""
        with _as_the_service_says(BrokenRegistry):
            groups = self.registry.groups()
            versions = {name: self.registry.versions(name) for name in groups}
        for name, group in groups.items():
            if name not in self.model_package_groups:
                super().create_model_package_group(name, group.get("description"))
            for version in versions[name]:
                arn = f"{self._arn_start}/{name.lower()}/{version.number}"
                self._take(self.model_packages.get(arn) or self._empty_package(version), version)

    @property
    def _arn_start(self) -> str:
        partition = get_partition(self.region_name)
        return f"arn:{partition}:sagemaker:{self.region_name}:{self.account_id}:model-package"

    def _empty_package(self, version: Version) -> ModelPackage:
        return ModelPackage(
            model_package_name=version.group,
            model_package_group_name=version.group,
            model_package_version=version.number,
            model_approval_status=version.status,
            approval_description=version.reason,
            client_token="",
            region_name=self.region_name,
            account_id=self.account_id,
            model_package_type="Versioned",
            tags=[],
            **{name: version.package.get(member) for name, member in _MEMBERS.items()},
        )

    def _take(self, package: ModelPackage, version: Version) -> None:
        """Give moto's object the number, the status and the times of a version, and keep it under its ARN."""
        self.model_packages.pop(package.arn, None)
        package.model_package_version = version.number
        package.arn = f"{self._arn_start}/{version.group.lower()}/{version.number}"
        package.model_approval_status, package.approval_description = version.status, version.reason
        package.customer_metadata_properties = version.package.get("CustomerMetadataProperties")
        # moto writes times without a zone, and means UTC.
        package.creation_time = version.created.replace(tzinfo=None)
        package.last_modified_time = version.changed and version.changed.replace(tzinfo=None)
        self.model_packages[package.arn] = package
        self.model_package_name_mapping[package.arn] = package.arn

    def _stored(self, uri: str) -> dict[str, bytes]:
        """Return the S3 object of a URI; or all objects below it, where it is a prefix."""
        bucket, _, key = uri.removeprefix(_PREFIX).partition("/")
        storage = s3_backends[self.account_id][get_partition(self.region_name)]
        keys = list(storage.buckets[bucket].keys) if bucket in storage.buckets else []
        found = [each for each in keys if each == key or each.startswith(f"{key.rstrip('/')}/")]
        if not found:
            raise ValidationError(f"There is nothing at {uri}, which the model package names.")
        return {f"{_PREFIX}{bucket}/{each}": storage.get_object(bucket, each).value for each in found}

    def _restore(self, version: Version) -> None:
        storage = s3_backends[self.account_id][get_partition(self.region_name)]
        for uri in version.files:
            bucket, _, key = uri.removeprefix(_PREFIX).partition("/")
            if bucket not in storage.buckets:
                storage.create_bucket(bucket, self.region_name)
            if storage.get_object(bucket, key) is None:
                storage.put_object(bucket, key, self.registry.content(version, uri))


@contextlib.contextmanager
def installed(folder: Path, *, servers: Servers | None = None) -> Iterator[None]:
    """Let moto use `Backend` while entered. Enter ``moto.mock_aws`` inside: it makes its backends anew.

    Parameters
    ----------
    folder
        Of the registry.
    servers
        The machine's endpoints. By default, the account's endpoints are moto's, which serve nothing.
    """
    members = {"__module__": Backend.__module__, "registry": Registry(folder), "servers": servers}
    lasting = type("LastingBackend", (Backend,), members)
    before = sagemaker_backends.backend
    sagemaker_backends.backend = lasting
    try:
        with endpoints.operations():
            yield
    finally:
        sagemaker_backends.backend = before


@contextlib.contextmanager
def _as_the_service_says(kind: type[SagemakerClientError] = ValidationError) -> Iterator[None]:
    try:
        yield
    except RegistryError as error:
        raise kind(str(error)) from None


def _with(version: Version, package: ModelPackage) -> Version:
    return replace(
        version, status=package.model_approval_status, reason=package.approval_description, package=_plain(package)
    )


def _plain(package: ModelPackage) -> dict[str, Any]:
    """Return what of a model package is data, without times and names."""
    attributes = {
        "ModelApprovalStatus": package.model_approval_status,
        "ApprovalDescription": package.approval_description,
    }
    attributes |= {member: getattr(package, name) for name, member in _MEMBERS.items()}
    return {member: value for member, value in attributes.items() if value is not None}


def _uris(value: object) -> Iterator[str]:
    """Find every S3 object that a request names."""
    if isinstance(value, dict):
        for each in value.values():
            yield from _uris(each)
    elif isinstance(value, list):
        for each in value:
            yield from _uris(each)
    elif isinstance(value, str) and value.startswith(_PREFIX):
        yield value
