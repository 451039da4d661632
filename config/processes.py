"""What the engines' keeper and the supervisor share about child processes (Linux)."""

import ctypes
import os
import signal
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_libc = ctypes.CDLL(None, use_errno=True)  # loaded before any fork: a child must not take the loader's lock


def die_with_parent(stop_signal: signal.Signals) -> Callable[[], None]:
    """Return a ``preexec_fn`` by which the kernel sends the child ``stop_signal`` when its parent dies.

    Chosen over a pipe whose end the child watches because it holds for programs that are not ours
    (gunicorn, PostgreSQL, Redis), which would have to be taught to watch one. Two conditions: the parent
    starts its children from its only thread (the signal follows the death of the *thread* that forked, and
    code between fork and exec is unsafe beside threads), and it keeps that thread to its end.
    """
    parent = os.getpid()

    def in_the_child() -> None:
        # subprocess has already changed the user at this point; a change of user would clear the setting.
        if _libc.prctl(_PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")
        if os.getppid() != parent:  # it died between fork and prctl: no signal would ever come
            os._exit(1)

    return in_the_child
