"""The example's model: how claims are encoded, fitted, scored and explained. Used by the steps and by the server.

Nothing is imported here: a step's bundle holds the modules that the step imports, and no others.
"""
