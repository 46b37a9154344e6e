"""How many examples Hypothesis tries: few in everyday runs, a hundred times as many in the nightly one.

`pytest --hypothesis-profile nightly` chooses the second profile, which tries other examples every time. A test says how
many it needs only where the number is its point.
"""

from hypothesis import HealthCheck, settings


def register():
    """Make the profiles known, and start with the everyday one; an option on the command line comes later."""
    quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    settings.register_profile("everyday", max_examples=10, deadline=None, suppress_health_check=quiet)
    everyday = settings.get_profile("everyday")
    settings.register_profile("nightly", everyday, max_examples=1000, derandomize=False, print_blob=True)
    settings.load_profile("everyday")


def more():
    """Ten times as many examples, for a test that takes a millisecond for each."""
    return settings(max_examples=10 * settings.default.max_examples)


def some():
    """Three times as many examples, for a test that takes some hundredths of a second for each."""
    return settings(max_examples=3 * settings.default.max_examples)


def fewer():
    """Half as many examples, for a test that draws whole tables and takes a tenth of a second for each."""
    return settings(max_examples=settings.default.max_examples // 2)
