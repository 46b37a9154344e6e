"""Run a pipeline on this machine with the SDK's own scheduler: no AWS account, no network.

Jobs are child processes (`step_scripts.local.processes`) or containers (`step_scripts.local.containers`).

============================================  =========================================================================
modules                                       what they do
============================================  =========================================================================
launch, recorder, execution, progress         one run: start it, follow it, its record, what a person sees of it
interrupt                                     Ctrl-C, SIGTERM and SIGHUP
endpoint, cli                                 a model behind the SDK's local endpoint, and the command for it
endpoints                                     endpoints that a pipeline deploys, and that stay up after it
target, processes, preloaded                  where jobs start: as child processes
containers, docker_advice, needs              where jobs start: as containers
sdk, scheduler, hosting, patches              every private part of the SDK that we use, with its reason
storage                                       files in and out of S3
runner                                        the program that the SDK starts for each job, in the place of Docker
============================================  =========================================================================
"""
