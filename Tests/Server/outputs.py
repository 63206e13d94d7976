"""Where an export is written to: folders that cannot be listed, and pipes that take only so much at a time."""
import fcntl
import os
import pathlib
import subprocess
import tempfile
import time

from commands import copied
from directory import NOBODY, Directory

SET_PIPE_SIZE = 1031


def output_places(server, _):
    """an export goes into a folder that may be written and not listed, and whole through a pipe that takes little at a time"""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        directory = Directory(server.binary, copied(server, folder))
        place = folder / "closed"
        place.mkdir()
        folder.chmod(0o755)
        if os.geteuid() == 0:
            for path in (place, directory.data, *directory.data.rglob("*")):
                os.chown(path, NOBODY, NOBODY)
        place.chmod(0o300)
        try:
            directory.run("export", "demo", "-o", place / "demo.playhead", nobody=True)
        finally:
            place.chmod(0o700)
        assert os.listdir(place) == ["demo.playhead"], os.listdir(place)
        # Whoever shares a terminal or a pipe may have made it non-blocking.
        reader, writer = os.pipe()
        fcntl.fcntl(writer, SET_PIPE_SIZE, 4096)
        os.set_blocking(writer, False)
        with subprocess.Popen([directory.binary, "export", "demo", "-o", "-", "--data", directory.data], stdout=writer,
                              stderr=subprocess.PIPE) as process:
            os.close(writer)
            time.sleep(1)
            with open(reader, "rb") as file:
                text = file.read()
            assert process.wait(timeout=60) == 0, process.stderr.read()
        assert len(text) > 8192 and b'{"end"' in text.splitlines()[-1], text[-300:]
        directory.run("check")


CHECKS = [output_places]
