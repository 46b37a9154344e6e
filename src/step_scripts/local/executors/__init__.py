"""The step types that the SDK's local mode refuses, one file a type; its own scheduler runs them.

Each type has the permissions, the names and the failures of the service as far as this machine can have them. What the
SDK runs by itself (Processing, Training, Transform, Condition, Fail) is not here. CreateModel is: the SDK knows no
model from a package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from step_scripts.local.executors.callback import Callback
from step_scripts.local.executors.endpoint import Endpoint
from step_scripts.local.executors.endpoint_config import EndpointConfig
from step_scripts.local.executors.function import LambdaStep
from step_scripts.local.executors.model import Model
from step_scripts.local.executors.register_model import RegisterModel
from step_scripts.local.executors.tuning import Tuning

if TYPE_CHECKING:
    from step_scripts.local.executors.base import Executor

OF_THE_SDK = ("Processing", "Training", "Transform", "Condition", "Fail")
EXECUTORS: dict[str, type[Executor]] = {
    executor.step_type: executor
    for executor in (Callback, Endpoint, EndpointConfig, LambdaStep, Model, RegisterModel, Tuning)
}
RUNNABLE = frozenset({*OF_THE_SDK, *EXECUTORS})
