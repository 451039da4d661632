"""A supervisor of two small programs; its argument is the folder where each notes its process number."""

import os
import sys
from pathlib import Path

from fund.cli import supervisor
from fund.cli.supervisor import Program, Supervisor

IDLE = "import os, pathlib, signal, sys; {}pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); signal.pause()"
STUBBORN = IDLE.format("signal.signal(signal.SIGTERM, lambda *_: signal.pause()); ")


def main(folder: Path) -> None:
    supervisor.ASK_AGAIN_SECONDS, supervisor.KILL_SECONDS = 0.2, 0.5
    programs = [
        Program(name="willing", command=(sys.executable, "-c", IDLE.format(""), str(folder / "willing"))),
        Program(name="stubborn", command=(sys.executable, "-c", STUBBORN, str(folder / "stubborn"))),
    ]
    Supervisor(programs, os.environ).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
