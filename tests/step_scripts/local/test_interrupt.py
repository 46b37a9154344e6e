import contextlib
import os
import signal
import threading

import pytest

from step_scripts.local.interrupt import Interrupt, InterruptedRunError


def test_a_signal_is_an_error_at_once():
    """While nothing of the SDK is running, Ctrl-C raises; afterwards signals go where they went before."""
    before = signal.getsignal(signal.SIGINT)
    with Interrupt() as interrupt:
        with pytest.raises(InterruptedRunError):
            os.kill(os.getpid(), signal.SIGINT)
        assert interrupt.heard
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_while_the_scheduler_runs_a_signal_makes_the_stop_file_appear(tmp_path, number):
    """The SDK is not disturbed; the second, impatient signal is an error."""
    with Interrupt() as interrupt:
        interrupt.stop_file, interrupt.scheduling = tmp_path / "stop", True
        os.kill(os.getpid(), number)
        assert interrupt.stop_file.exists()
        with pytest.raises(InterruptedRunError):
            os.kill(os.getpid(), number)


def test_clearing_away_is_not_interrupted():
    """A signal that comes too late changes nothing."""
    with Interrupt() as interrupt:
        interrupt.clearing = True
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)


def test_an_interrupt_that_a_library_swallowed_is_raised_again():
    """`check` raises once a signal was heard, and not before."""
    with Interrupt() as interrupt:
        interrupt.check()
        with contextlib.suppress(Exception):
            os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(InterruptedRunError):
            interrupt.check()


def test_other_threads_hear_nothing():
    """Only a main thread can have handlers; a run in another one works without."""
    seen = []

    def run():
        with Interrupt():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGTERM)]
