import contextlib
import importlib
import os
import signal
import sys
import threading

import pytest

from step_scripts.local.interrupt import EXIT_CODE, Interrupt, InterruptedRunError, Phase, exit_code_of


def interrupt_this_process(number=signal.SIGINT):
    """Send a signal, whose handler runs before this returns."""
    os.kill(os.getpid(), number)


def test_a_signal_ends_the_preparation_at_the_next_check():
    """The handler raises nothing; afterwards signals are handled as before."""
    before = signal.getsignal(signal.SIGINT)
    with Interrupt() as interrupt:
        interrupt.check()
        interrupt_this_process()
        assert interrupt.received
        with pytest.raises(InterruptedRunError):
            interrupt.check()
    assert signal.getsignal(signal.SIGINT) is before


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A function that imports a module of this code for the first time."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "modules", dict(sys.modules))

    def load(code):
        (tmp_path / "interrupted_module.py").write_text(code)
        (tmp_path / "another_module.py").write_text("")
        importlib.invalidate_caches()
        return importlib.import_module("interrupted_module")

    return load


SEND = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n"


@pytest.mark.parametrize(
    "code",
    [
        f"{SEND}import another_module",
        f"{SEND}try:\n    import another_module\nexcept Exception:\n    pass",
        f"{SEND}try:\n    import another_module\nexcept BaseException:\n    raise ImportError('none') from None",
        f"{SEND}try:\n    import another_module\nexcept BaseException:\n    raise SystemExit(1) from None",
        f"class Thing:\n    def __del__(self):\n        {SEND.replace(chr(10), '; ')}\nThing()\nimport another_module",
        f"try:\n    pass\nfinally:\n    {SEND.replace(chr(10), '; ')}\nimport another_module",
    ],
    ids=["plain", "except Exception", "another error", "exit", "destructor", "finally"],
)
def test_a_signal_during_an_import_ends_the_run(module, code):
    """At the next import, whatever the library makes of the exception."""
    before = list(sys.meta_path)
    with pytest.raises(InterruptedRunError), Interrupt():
        module(code)
    assert sys.meta_path == before


@pytest.mark.parametrize("swallows", ["except BaseException:\n    pass", "finally:\n    pass"])
def test_a_library_that_swallows_everything_is_noticed(module, swallows):
    """The program ends with 130 all the same."""

    def main():
        with contextlib.suppress(KeyboardInterrupt):
            module(f"{SEND}try:\n    import another_module\n{swallows}")
        return 0

    assert exit_code_of(main) == EXIT_CODE


def test_a_signal_that_the_program_has_reported_is_not_reported_again(capsys):
    """The signal comes outside of the run, before it begins: the run ends with it, and the program says so."""

    def main():
        interrupt_this_process()
        try:
            with Interrupt() as interrupt:
                interrupt.check()
        except InterruptedRunError:
            print("reported by the program", file=sys.stderr)
            return EXIT_CODE

    assert exit_code_of(main) == EXIT_CODE
    assert capsys.readouterr().err == "reported by the program\n"


@pytest.fixture
def interrupted():
    """A function that runs another one under an `Interrupt`, and checks that this ends with an error."""

    def run(function):
        with pytest.raises(InterruptedRunError), Interrupt() as interrupt:
            function(interrupt)

    return run


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_while_the_scheduler_runs_a_signal_makes_the_stop_file_appear(interrupted, tmp_path, number):
    """The SDK is not disturbed; a second signal is an error at once."""

    def run(interrupt):
        interrupt.stop_file, interrupt.phase = tmp_path / "stop", Phase.RUNNING
        interrupt_this_process(number)
        assert interrupt.stop_file.exists()
        interrupt_this_process(number)
        pytest.fail("it goes on")

    interrupted(run)


def test_a_second_signal_does_not_wait_for_a_safe_place(interrupted):
    """A user who presses Ctrl-C twice does not want to wait."""

    def prepare(_):
        interrupt_this_process()
        interrupt_this_process()
        pytest.fail("it goes on")

    interrupted(prepare)


def test_in_the_callers_own_code_a_signal_raises_at_once(interrupted):
    """And is ignored while that code cleans up."""

    def serve(interrupt):
        interrupt.phase = Phase.SERVING
        try:
            interrupt_this_process()
        finally:
            interrupt_this_process()
        pytest.fail("it goes on")

    interrupted(serve)


def test_cleanup_is_not_interrupted():
    """A signal that comes too late changes nothing."""
    with Interrupt() as interrupt:
        interrupt.phase = Phase.CLEANUP
        interrupt_this_process()
        interrupt_this_process()
        assert interrupt.check() is None


def test_other_errors_stay():
    """Without a signal, an exception passes unchanged."""
    with pytest.raises(KeyError), Interrupt():
        raise KeyError


def test_an_inner_interrupt_knows_what_the_outer_one_has_received(interrupted):
    """No signal is lost between a command and the run that it starts."""

    def command(_):
        interrupt_this_process()
        with Interrupt() as inner:
            inner.check()
        pytest.fail("it goes on")

    interrupted(command)


def test_a_signal_that_is_ignored_stays_ignored():
    """As under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupt() as interrupt:
            interrupt_this_process(signal.SIGHUP)
            assert not interrupt.received
    finally:
        signal.signal(signal.SIGHUP, before)


def test_other_threads_handle_no_signal():
    """Only the main thread can have handlers; a run in another thread works without."""
    seen = []

    def run():
        with Interrupt():
            seen.append((signal.getsignal(signal.SIGTERM), list(sys.meta_path)))

    before = signal.getsignal(signal.SIGTERM), list(sys.meta_path)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [before]
