"""Hold how the cost of a task grows, on a machine that may be busy with much else."""

import time

ROUNDS = 3


def grows_less_than(times, run, few, many):
    """
    Require that a task takes less than so many times as long on many as on a few.

    The processor's time counts. What else goes on only ever adds to it, and not to every round: so
    the shortest of a few rounds is taken, and many are run again only while they took too long.
    """

    def seconds(size):
        start = time.process_time()
        run(size)
        return time.process_time() - start

    run(few)  # which loads what is loaded once
    allowed = times * min(seconds(few) for _ in range(ROUNDS))
    took = []
    while len(took) < ROUNDS and min(took, default=allowed) >= allowed:
        took.append(seconds(many))
    assert min(took) < allowed, f"{took} s, where less than {allowed:.3f} s is allowed"
