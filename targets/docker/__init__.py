"""Jobs as containers of a Docker engine on this machine: the image, the paths and the isolation of the cloud."""

from targets.docker.containers import Containers

__all__ = ["Containers"]
