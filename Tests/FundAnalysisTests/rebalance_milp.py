"""Checks fewest-trades rebalancing against an exact solver (scipy's MILP, HiGHS).

Reads a JSON list of cases on standard input, each with weights, targets, bands, cash and the answer to check (trades,
turnover): all weights and the cash are fractions of the same whole. Solves each twice, for the fewest trades and then
for the least money with so many trades, prints the differences, and exits with 1 if there are any.

Where scipy is missing it is installed from PyPI into a virtual environment of its own, kept for the next time.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy
    from scipy.optimize import Bounds, LinearConstraint, milp
except ImportError:
    venv = pathlib.Path(tempfile.gettempdir()) / "playhead-scipy"
    python = venv / "bin" / "python3"
    if pathlib.Path(sys.executable) == python:
        raise
    # Standard output is for the answer.
    subprocess.run([sys.executable, "-m", "venv", venv], check=True, stdout=sys.stderr)
    subprocess.run([python, "-m", "pip", "install", "-q", "scipy"], check=True, stdout=sys.stderr)
    os.execv(python, [python, *sys.argv])


def solve(case, trades=None):
    """The fewest trades, or with `trades` the least one-way turnover with at most so many.

    Variables of n holdings: what is bought, what is sold, whether it is traded, and the turnover.
    """
    weights, targets, bands = (numpy.array(case[key]) for key in ("weights", "targets", "bands"))
    n = len(weights)
    eye, none = numpy.eye(n), numpy.zeros((n, n))
    ones, zeros, column = numpy.ones(n), numpy.zeros(n), numpy.zeros((n, 1))
    low = numpy.maximum(0, targets - bands)
    high = numpy.minimum(1, targets + bands)
    slack = 1e-12
    constraints = [
        # Within the band afterwards.
        LinearConstraint(numpy.hstack([eye, -eye, none, column]), low - weights - slack, high - weights + slack),
        # Nothing moves unless it is traded.
        LinearConstraint(numpy.hstack([eye, none, -eye, column]), -numpy.inf, zeros),
        LinearConstraint(numpy.hstack([none, eye, -eye, column]), -numpy.inf, zeros),
        # The money is kept.
        LinearConstraint(numpy.concatenate([ones, -ones, zeros, [0]]), case["cash"], case["cash"]),
        # The turnover is the larger side.
        LinearConstraint(numpy.concatenate([ones, zeros, zeros, [-1]]), -numpy.inf, 0),
        LinearConstraint(numpy.concatenate([zeros, ones, zeros, [-1]]), -numpy.inf, 0),
    ]
    goal = numpy.concatenate([zeros, zeros, ones, [0]])
    if trades is not None:
        constraints.append(LinearConstraint(goal, 0, trades))
        goal = numpy.concatenate([zeros, zeros, zeros, [1]])
    answer = milp(
        goal,
        constraints=constraints,
        integrality=numpy.concatenate([zeros, zeros, ones, [0]]),
        bounds=Bounds(0, numpy.concatenate([ones, ones, ones, [2]])),
        options={"mip_rel_gap": 0},
    )
    if not answer.success:
        raise RuntimeError(f"{answer.message}: {case}")
    return answer.fun


def main():
    cases = json.load(sys.stdin)
    differences = 0
    for number, case in enumerate(cases):
        trades = round(solve(case))
        turnover = solve(case, trades)
        if trades != case["trades"] or abs(turnover - case["turnover"]) > 1e-6:
            differences += 1
            print(f"case {number}: exact {trades} trades, {turnover}: {json.dumps(case)}")
    print(f"{len(cases)} cases, {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
