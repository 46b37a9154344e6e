"""The tests, named after their levels. A package, because an SDK dependency installs one of the same name."""
