"""Bugs on purpose: small patches, each of which has to turn a level of the tests red."""
