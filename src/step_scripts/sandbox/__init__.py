"""The SageMaker account of a laptop: what moto lacks, or does in another way than the service.

====================================  =================================================================================
modules                               what they do
====================================  =================================================================================
registry                              model package groups, versions and approvals in a folder, between runs
backend                               moto's SageMaker, completed: it keeps its model packages in that folder
endpoints                             endpoints that serve: processes of this machine, which last, too
====================================  =================================================================================
"""
