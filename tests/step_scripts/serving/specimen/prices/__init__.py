"""Prices of houses."""
