"""The distributions that bring the modules which scripts import."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Those that are called otherwise than their modules, for an environment that does not have them.
_NAMES = {
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "sagemaker_containers": "sagemaker-training",
    "sagemaker_training": "sagemaker-training",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "xgboost": "xgboost-cpu",  # the same library, without those of GPUs
    "yaml": "pyyaml",
}


def distributions(modules: Iterable[str]) -> list[str]:
    """Return the lines of a requirements.txt for some modules, with this environment's versions where it has them.

    Examples
    --------
    >>> distributions(["cv2", "no_such_library"])
    ['no-such-library', 'opencv-python-headless']
    """
    known = metadata.packages_distributions()
    lines = set()
    for module in modules:
        installed = min(known.get(module, [""]))
        name = _NAMES.get(module) or installed or module.replace("_", "-")
        lines.add(f"{name}=={metadata.version(installed)}" if installed else name)
    return sorted(lines)
