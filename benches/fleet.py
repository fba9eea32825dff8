"""Hardens many buckets on the sandbox with this program and with boto3 and threads.

fleet.sh runs this script.

boto3 does the same work as the Python script that this program replaced, without the script's sleep.
Both clients use the same server, and the server uses the same two processors as the clients, so the
tables also show the CPU time of the server. The script prints Markdown.
"""

import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

BIN, SANDBOX = sys.argv[1:3]
JOBS = 8

BOTO = r"""
import json, sys
from concurrent.futures import ThreadPoolExecutor
import boto3
from botocore.config import Config
client = boto3.client("s3", config=Config(max_pool_connections=8, s3={"addressing_style": "path"}))
def harden(name):
    try:
        client.create_bucket(Bucket=name)
    except client.exceptions.BucketAlreadyOwnedByYou:
        pass
    client.get_waiter("bucket_exists").wait(Bucket=name)
    client.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(
        ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"], True))
    client.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]})
    client.put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
    client.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Sid": "DenyInsecureTransport", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}))
with ThreadPoolExecutor(8) as pool:
    list(pool.map(harden, open(sys.argv[1]).read().split()))
"""


class Server:
    """A sandbox on which a client runs twice."""

    def __init__(self, folder):
        ca = os.path.join(folder, "ca.pem")
        self.process = subprocess.Popen([SANDBOX, "--aws-defaults", "--ca-out", ca], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true"}
        while "AWS_CA_BUNDLE" not in self.env:
            name, value = re.match(r"export (\w+)='(.*)'", self.process.stdout.readline()).groups()
            self.env[name] = value

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self):
        self.process.terminate()
        self.process.wait()


def run(server, command):
    """Returns the wall seconds, the CPU seconds of the command and of the server, and the command's peak memory in MiB."""
    served, begun = server.cpu(), time.perf_counter()
    with tempfile.TemporaryFile() as talk:
        process = subprocess.Popen(command, env=server.env, stdout=subprocess.DEVNULL, stderr=talk)
        peak = 0
        while True:
            # VmHWM covers only the program, but ru_maxrss starts with the value of the parent process.
            peak = memory(process.pid) or peak
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            time.sleep(0.005)
        wall = time.perf_counter() - begun
        process.returncode = status
        talk.seek(0)
        said = talk.read().decode()
    if status != 0:
        sys.exit(f"{command}: {said[-800:]}")
    return wall, used.ru_utime + used.ru_stime, server.cpu() - served, peak, said


def memory(pid):
    """Returns the peak memory so far in MiB, or None after the process has ended."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmHWM:\s+(\d+) kB", status.read()).group(1)) / 1024
    except (AttributeError, OSError):
        return None


def measure(count, command, times):
    """Returns medians for first and second runs of a command on a new server. command(list) returns its arguments."""
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        names = os.path.join(folder, "buckets.txt")
        with open(names, "w", encoding="ascii") as out:
            out.writelines(f"fleet-{n:06}\n" for n in range(count))
        for _ in range(times):
            server = Server(folder)
            runs.append((run(server, command(names)), run(server, command(names))))
            server.end()
    return [[statistics.median(one[which][figure] for one in runs) for figure in range(4)] for which in (0, 1)]


def ours(jobs, *more):
    return lambda names: [BIN, "bootstrap", "--from", names, "--jobs", str(jobs), "--no-presign", "-o", "json", *more]


def main():
    count = 1000
    with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
        script.write(BOTO)
        script.flush()
        rows = [
            (f"s3-secure-bucket, {JOBS} at a time", measure(count, ours(JOBS), 3)),
            (f"boto3, {JOBS} threads", measure(count, lambda names: [sys.executable, script.name, names], 3)),
        ]
    rows += [(f"s3-secure-bucket, {jobs} at a time", measure(count, ours(jobs), 1)) for jobs in (1, 32)]
    print(f"| {count:,} buckets | first run, s | own CPU, s | server's CPU, s | second run, s | own CPU, s | peak MiB |\n|---|---|---|---|---|---|---|")
    for name, (first, second) in rows:
        print(f"| {name} | {first[0]:.2f} | {first[1]:.2f} | {first[2]:.2f} | {second[0]:.2f} | {second[1]:.2f} | {max(first[3], second[3]):.1f} |")
    us, them = rows[0][1], rows[1][1]
    print(f"\nFaster than boto3 by {them[0][0] / us[0][0]:.1f} (second run {them[1][0] / us[1][0]:.1f}), with {them[0][1] / us[0][1]:.0f} times less client CPU.")
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder)
        names = os.path.join(folder, "some.txt")
        with open(names, "w", encoding="ascii") as out:
            out.writelines(f"fleet-{n}\n" for n in range(20))
        sent = [len(re.findall("^> ", run(server, ours(JOBS, "-v")(names))[4], re.M)) / 20 for _ in range(2)]
        server.end()
    print(f"\nRequests a bucket: {sent[0]:g} for a new bucket, {sent[1]:g} for a hardened one.")
    peaks = [measure(size, ours(JOBS), 1) for size in (100, 5000)]
    print("\nPeak memory: " + ", ".join(f"{max(p[0][3], p[1][3]):.1f} MiB for {size:,} buckets" for p, size in zip(peaks, (100, 5000))) + ".")


resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
main()
