"""Run a pipeline on this machine, by the SDK's own scheduler: no AWS account, no network.

Its jobs start as child processes (`step_scripts.local.processes`) or as containers (`step_scripts.local.containers`).
"""
