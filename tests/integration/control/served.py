# SPDX-License-Identifier: BSD-3-Clause
"""The canned server for the length of a test: `with Served(program) as served: served.socket`."""
import pathlib
import subprocess
import tempfile


class Served:
    def __init__(self, program):
        self.program = program

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="ps-control-")
        self.socket = str(pathlib.Path(self.folder.name) / "control.sock")
        self.process = subprocess.Popen([self.program, self.socket], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"
        return self

    def ended(self):
        return self.process.wait(timeout=10)

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        self.folder.cleanup()
