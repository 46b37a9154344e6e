"""Checks of data and models, and monitored batch transforms."""

from sagemaker.core.clarify import BiasConfig, DataConfig, ModelConfig, ModelPredictedLabelConfig, SHAPConfig
from sagemaker.core.model_monitor import DatasetFormat
from sagemaker.core.transformer import Transformer
from sagemaker.core.workflow.parameters import ParameterBoolean, ParameterString
from sagemaker.mlops.workflow.check_job_config import CheckJobConfig
from sagemaker.mlops.workflow.clarify_check_step import (
    ClarifyCheckStep,
    DataBiasCheckConfig,
    ModelBiasCheckConfig,
    ModelExplainabilityCheckConfig,
)
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.monitor_batch_transform_step import MonitorBatchTransformStep
from sagemaker.mlops.workflow.quality_check_step import (
    DataQualityCheckConfig,
    ModelQualityCheckConfig,
    QualityCheckStep,
)
from sagemaker.mlops.workflow.steps import CacheConfig

CACHE = CacheConfig(enable_caching=True, expire_after="P1D")


def data_quality(given):
    """A check of data with a baseline, and one that reads the calculated baseline."""
    skip, group = ParameterBoolean("Skip", default_value=False), ParameterString("Group", default_value="group")
    first = QualityCheckStep(
        name="Data",
        quality_check_config=_data_quality(),
        check_job_config=_job(given),
        skip_check=skip,
        register_new_baseline=True,
        model_package_group_name=group,
        cache_config=CACHE,
    )
    second = QualityCheckStep(
        name="Again",
        quality_check_config=_data_quality(),
        check_job_config=_job(given),
        supplied_baseline_statistics=first.properties.CalculatedBaselineStatistics,
        supplied_baseline_constraints=first.properties.CalculatedBaselineConstraints,
        depends_on=[first],
    )
    used = first.properties.BaselineUsedForDriftCheckStatistics
    return [skip, group, first, second, FailStep(name="Tell", error_message=used)]


def model_quality(given):
    """A check of predictions."""
    config = ModelQualityCheckConfig(
        baseline_dataset=ParameterString("Table", default_value="s3://bucket/table"),
        dataset_format=DatasetFormat.csv(header=False),
        output_s3_uri="s3://bucket/quality",
        problem_type="BinaryClassification",
        inference_attribute="_c0",
        ground_truth_attribute="_c1",
    )
    check = QualityCheckStep(name="Quality", quality_check_config=config, check_job_config=_job(given))
    return [config.baseline_dataset, check]


def data_bias(given):
    """A check of the data's bias."""
    config = DataBiasCheckConfig(data_config=_data(), data_bias_config=_bias(), methods=["CI", "DPL"])
    check = ClarifyCheckStep(name="Bias", clarify_check_config=config, check_job_config=_job(given), cache_config=CACHE)
    report = FailStep(name="Tell", error_message=check.properties.CalculatedBaselineConstraints)
    return [check, report]


def model_bias(given):
    """A check of the model's bias."""
    config = ModelBiasCheckConfig(
        data_config=_data(),
        data_bias_config=_bias(),
        model_config=_model(),
        model_predicted_label_config=ModelPredictedLabelConfig(probability_threshold=0.5),
    )
    check = ClarifyCheckStep(name="Bias", clarify_check_config=config, check_job_config=_job(given))
    report = FailStep(name="Tell", error_message=check.properties.BaselineUsedForDriftCheckConstraints)
    return [check, report]


def explainability(given):
    """A check of a model's explainability."""
    config = ModelExplainabilityCheckConfig(
        data_config=_data(),
        model_config=_model(),
        explainability_config=SHAPConfig(baseline=[[1, 2]], num_samples=10, agg_method="mean_abs"),
    )
    return [ClarifyCheckStep(name="Shap", clarify_check_config=config, check_job_config=_job(given))]


def monitored_transform(given):
    """A batch transform, checked before and after."""
    transformer = Transformer(
        model_name=ParameterString("Model", default_value="there"),
        instance_count=1,
        instance_type="ml.m5.large",
        output_path="s3://bucket/predictions",
        sagemaker_session=given.session,
    )
    steps = [
        MonitorBatchTransformStep(
            name=name,
            display_name=name,
            transform_step_args=transformer.transform(data="s3://bucket/table"),
            monitor_configuration=_data_quality(),
            check_job_configuration=_job(given),
            monitor_before_transform=before,
            fail_on_violation=False,
        )
        for name, before in (("before", True), ("after", False))
    ]
    return [transformer.model_name, *steps]


def _job(given):
    return CheckJobConfig(role=given.role, instance_type="ml.m5.large", sagemaker_session=given.session)


def _data_quality():
    return DataQualityCheckConfig(
        baseline_dataset="s3://bucket/table",
        dataset_format=DatasetFormat.csv(header=True),
        output_s3_uri="s3://bucket/quality",
    )


def _data():
    return DataConfig(
        s3_data_input_path="s3://bucket/table",
        s3_output_path="s3://bucket/bias",
        label="price",
        headers=["price", "area", "rooms"],
        dataset_type="text/csv",
    )


def _bias():
    return BiasConfig(label_values_or_threshold=[1], facet_name="age", facet_values_or_threshold=[40])


def _model():
    return ModelConfig(
        model_name="there",
        instance_type="ml.m5.large",
        instance_count=1,
        accept_type="text/csv",
        content_type="text/csv",
    )
