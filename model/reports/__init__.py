"""How good a model's scores are: metrics with their uncertainty, curves, plots. Knows no step and no table."""
