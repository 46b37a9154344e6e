"""Endpoints that a pipeline deploys, and that stay up after it.

Each endpoint is a process of its own, which no terminal and no pipeline ends. It listens on one port of this machine,
and passes each request to the model's server. At an update it starts a second server, waits until that one is healthy,
and then sends all requests there. Where the second one does not become healthy, the first one stays.

============================================  =========================================================================
modules                                       what they do
============================================  =========================================================================
state                                         what is known of an endpoint: its folder and its files
store, process                                what programs do: create, update, describe, list, delete
commands                                      what a person does: list, stop
account                                       the endpoints of a run's account (`step_scripts.sandbox.endpoints`)
front, router, invocations                    the endpoint's process: deployments, and the way of a request
server, artifact                              a model's server, behind the front; the model that it loads
locks                                         who may change an endpoint, and whether its process is running
============================================  =========================================================================
"""

from step_scripts.local.endpoints.state import Deployment, EndpointError, EndpointState
from step_scripts.local.endpoints.store import Endpoints

__all__ = ["Deployment", "EndpointError", "EndpointState", "Endpoints"]
