"""Say how many times as long a larger task takes, on a machine that may be busy with much else."""

import time

ROUNDS = 3


def times_as_long(run, few, many):
    """
    Run a task on a few and on many, in turns, and compare the processor's time.

    What else goes on only ever adds to it, and not to every round: so the shortest of each counts.
    """
    spent = {few: [], many: []}
    run(few)  # which loads what is loaded once
    for _ in range(ROUNDS):
        for size, seconds in spent.items():
            start = time.process_time()
            run(size)
            seconds.append(time.process_time() - start)
    return min(spent[many]) / min(spent[few])
