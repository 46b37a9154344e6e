"""The last line of a step's output."""

from step_scripts.step.hosts import host


def report(warning: str = "", **facts: float | str) -> None:
    """Print the last line of a step, which the pipeline's summary table reads.

    Parameters
    ----------
    warning : str
        What the user has to know although the step succeeded. It is printed before the line.
    **facts : float or str
        Names and values. One host of several adds ``part=<its number>``, for its facts are those of its part.

    Examples
    --------
    >>> report(rows=4000, error=0.807)
    report: rows=4000 error=0.8070
    """
    if warning:
        print(warning)
    here = host()
    facts |= {"part": here.number} if here.of > 1 else {}
    shown = (f"{name}={fact:.4f}" if isinstance(fact, float) else f"{name}={fact}" for name, fact in facts.items())
    print("report:", *shown, flush=True)
