"""Functions that the other scripts of this folder share: they run a process, or a server for tests."""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass

# A process sees only these variables and the ones that a script adds.
ENV = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass
class Run:
    """What one run of a process took: the time and the CPU time in seconds, and the peak memory in MiB."""

    seconds: float
    cpu: float
    server_cpu: float
    peak: float
    stdout: str
    stderr: str


def run(command, env=ENV, server=None, stdin=None, keep=True, watched=True):
    """Runs a command to its end. A command that fails ends the script.

    The stdout of the command is lost unless `keep` is set, and its memory is not measured unless `watched` is set.
    """
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        served, begun = server.cpu() if server else 0, time.perf_counter()
        process = subprocess.Popen(command, env=env, stdin=stdin, stdout=stdout if keep else subprocess.DEVNULL, stderr=stderr)
        peak = [0]
        watcher = threading.Thread(target=watch, args=(process.pid, peak))
        if watched:
            watcher.start()
        _, status, used = os.wait4(process.pid, 0)
        took = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if watched:
            watcher.join()
        spent = server.cpu() - served if server else 0
        texts = []
        for file in (stdout, stderr):
            file.seek(0)
            texts.append(file.read().decode())
    if process.returncode != 0:
        sys.exit(f"{command} ended with {process.returncode}: {texts[1][-800:]}")
    return Run(took, used.ru_utime + used.ru_stime, spent, peak[0], *texts)


def watch(pid, peak):
    """Keeps the peak memory of a process in MiB until the process ends."""
    while (now := high_water(pid)) is not None:
        peak[0] = now
        time.sleep(0.002)


def high_water(pid):
    """Returns VmHWM in MiB, or None after the end. VmHWM covers only the program, but ru_maxrss starts with the value of the parent process."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            found = re.search(r"VmHWM:\s+(\d+) kB", status.read())
    except OSError:
        return None
    return int(found[1]) / 1024 if found else None


def python(script, *args):
    """Returns the command that runs a script with this Python."""
    return [sys.executable, "-c", script, *map(str, args)]


def peak(command, env=ENV):
    """Returns the highest peak memory of five runs in MiB. The loop has no pause, because a run may last a millisecond."""
    most = 0
    for _ in range(5):
        child = subprocess.Popen(command() if callable(command) else command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while child.poll() is None:
            most = max(most, high_water(child.pid) or 0)
        assert child.returncode == 0, command
    return most


def seconds(command, env=ENV):
    """Returns the seconds that one run of a command takes."""
    begun = time.perf_counter()
    done = subprocess.run(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, text=True)
    assert done.returncode == 0, done.stderr
    return time.perf_counter() - begun


def medians(runs):
    """Returns the runs as one, with the median of each figure."""
    return Run(*(statistics.median(getattr(one, name) for one in runs) for name in ("seconds", "cpu", "server_cpu", "peak")), "", "")


def table(*heads):
    print(f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")


def row(*cells):
    print(f"| {' | '.join(cells)} |", flush=True)


class Server:
    """A server in a separate process, which ends with the `with` statement. A subclass starts `process`."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Sandbox(Server):
    """The project's server for tests, as a separate process. `env` has the address and keys of the server."""

    def __init__(self, binary, folder):
        ca = os.path.join(folder, "ca.pem")
        self.process = subprocess.Popen([binary, "--aws-defaults", "--ca-out", ca], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.env = {name: ENV[name] for name in ("PATH", "HOME", "AWS_EC2_METADATA_DISABLED")}
        self.env["AWS_REGION"] = "us-east-1"
        while not {"AWS_CA_BUNDLE", "S3_SANDBOX_HTTP"} <= self.env.keys():
            name, value = re.match(r"export (\w+)='(.*)'", self.process.stdout.readline()).groups()
            self.env[name] = value

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
