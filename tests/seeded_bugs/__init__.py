"""Seeded bugs: small patches, each of which must turn the test that it names red."""
