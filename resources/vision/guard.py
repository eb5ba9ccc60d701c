"""Runs a command until its own standard input ends, and then ends the command with all that it has started.

Run as a program: `guard.py SECONDS COMMAND…`. The command has SECONDS to end after SIGTERM. Nothing of the project is
imported, so that it starts at once.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading


def main() -> int:
    """The command's exit code."""
    patience, command = float(sys.argv[1]), sys.argv[2:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the parent, whose end is told by the pipe
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    except OSError as error:
        print(f"{command[0]} cannot be started: {error}", flush=True)
        return 127

    def follow_parent() -> None:
        while os.read(0, 1024):
            pass
        _signal(child.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(patience)
        _signal(child.pid, signal.SIGKILL)

    threading.Thread(target=follow_parent, daemon=True).start()
    code = child.wait()
    _signal(child.pid, signal.SIGKILL)  # workers that outlive their server
    return code if code >= 0 else 128 - code


def _signal(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


if __name__ == "__main__":
    sys.exit(main())
