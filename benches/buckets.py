"""Hardens and audits buckets on the sandbox with this program and with boto3, and prints Markdown tables.

The clients use the same server, and the server uses the same two processors as the clients, so the
tables also show the CPU time of the server.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile

import measure
from measure import Sandbox, Server, medians, python, row, table

BIN, SANDBOX = sys.argv[1:3]
HERE = os.path.dirname(os.path.abspath(__file__))
JOBS = 8
COUNT = 1_000
MANY = 5_000
FAR_COUNTS = (10, 100, 1_000)
DELAY_MS = 20

# The Python script that this program replaced, for every name in a file, without the script's sleep. With the
# argument `urls` it also makes two URLs for a bucket, as the script did.
HARDEN = r"""
import json, sys
from concurrent.futures import ThreadPoolExecutor
import boto3
from botocore.config import Config
threads = int(sys.argv[2])
client = boto3.client("s3", config=Config(max_pool_connections=threads, signature_version="s3v4", s3={"addressing_style": "path"}))
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
    if sys.argv[3:] == ["urls"]:
        for method in ("put_object", "get_object"):
            print(client.generate_presigned_url(method, {"Bucket": name, "Key": "uploads/example.txt"}, 900))
with ThreadPoolExecutor(threads) as pool:
    list(pool.map(harden, open(sys.argv[1]).read().split()))
"""

# Reads the four settings that the script wrote, of every bucket of the account.
AUDIT = r"""
import json, sys
from concurrent.futures import ThreadPoolExecutor
import boto3
from botocore.config import Config
threads = int(sys.argv[1])
client = boto3.client("s3", config=Config(max_pool_connections=threads, s3={"addressing_style": "path"}))
def audit(name):
    block = client.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    rules = client.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    owner = client.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"][0]["ObjectOwnership"]
    policy = json.loads(client.get_bucket_policy(Bucket=name)["Policy"])
    assert all(block.values()) and owner == "BucketOwnerEnforced" and rules and policy["Statement"], name
with ThreadPoolExecutor(threads) as pool:
    names = [bucket["Name"] for page in client.get_paginator("list_buckets").paginate() for bucket in page["Buckets"]]
    assert len(list(pool.map(audit, names))) == len(names)
"""


def bootstrap(names, jobs, *more):
    return [BIN, "bootstrap", "--from", names, "--jobs", str(jobs), "--no-presign", "-o", "json", *more]


def write_names(folder, count):
    path = os.path.join(folder, f"{count}.txt")
    with open(path, "w", encoding="ascii") as out:
        out.writelines(f"fleet-{n:06}\n" for n in range(count))
    return path


def one_bucket(folder):
    table("one new bucket, the whole process", "ms", "compared with this program", "peak MiB")
    with Sandbox(SANDBOX, folder) as server:
        number = iter(range(10_000))

        def ours():
            return [BIN, "bootstrap", f"bench-{next(number)}", "-q"]

        def script():
            name = os.path.join(folder, "name.txt")
            with open(name, "w", encoding="ascii") as out:
                out.write(f"bench-{next(number)}")
            return python(HARDEN, name, 1, "urls")

        took = statistics.median(measure.seconds(ours(), server.env) for _ in range(30))
        theirs = statistics.median(measure.seconds(script(), server.env) for _ in range(5))
        row("**s3-secure-bucket** (9 requests, one connection)", f"**{took * 1e3:.1f}**", "1", f"{measure.peak(ours, server.env):.1f}")
        row("the Python script with boto3 (6 requests)", f"{theirs * 1e3:.0f}", f"{theirs / took:.0f}", f"{measure.peak(script, server.env):.0f}")


def twice(folder, command, times):
    """Returns medians for the first and the second run of a command on a new server."""
    runs = []
    for _ in range(times):
        with Sandbox(SANDBOX, folder) as server:
            runs.append([measure.run(command, server.env, server) for _ in range(2)])
    return [medians([pair[which] for pair in runs]) for which in (0, 1)]


def fleet(folder):
    names = write_names(folder, COUNT)
    table(f"{COUNT:,} buckets", "first run: time, s", "CPU of the client, s", "CPU of the server, s", "second run: time, s", "CPU of the client, s", "peak MiB")
    figures = []
    for name, command in [
        (f"s3-secure-bucket, {JOBS} jobs", bootstrap(names, JOBS)),
        (f"boto3, {JOBS} threads", python(HARDEN, names, JOBS)),
        ("s3-secure-bucket, 1 job", bootstrap(names, 1)),
        ("s3-secure-bucket, 32 jobs", bootstrap(names, 32)),
    ]:
        first, second = twice(folder, command, 3)
        figures.append((first, second))
        row(name, f"{first.seconds:.2f}", f"{first.cpu:.2f}", f"{first.server_cpu:.2f}", f"{second.seconds:.2f}", f"{second.cpu:.2f}", f"{max(first.peak, second.peak):.1f}")
    ours, theirs = figures[:2]
    print(f"\nFaster than boto3 by {theirs[0].seconds / ours[0].seconds:.1f} (second run {theirs[1].seconds / ours[1].seconds:.1f}), with {theirs[0].cpu / ours[0].cpu:.0f} times less client CPU.")
    with Sandbox(SANDBOX, folder) as server:
        some = write_names(folder, 20)
        sent = [len(re.findall("^> ", measure.run(bootstrap(some, JOBS, "-v"), server.env).stderr, re.M)) / 20 for _ in range(2)]
    print(f"\nRequests a bucket: {sent[0]:g} for a new bucket, {sent[1]:g} for a hardened one.")
    peak = max(one.peak for one in twice(folder, bootstrap(write_names(folder, MANY), JOBS), 1))
    print(f"\nPeak memory: {peak:.1f} MiB for {MANY:,} buckets.")


def far_fleet(folder):
    """Hardens buckets on a server that is far away. The time of one request is then a round trip."""
    table(f"new buckets, {DELAY_MS} ms away", *(f"{count:,} buckets, s" for count in FAR_COUNTS), "peak MiB")
    for jobs in (1, JOBS, 32):
        plural = "s" if jobs > 1 else ""
        for name, command in [
            (f"s3-secure-bucket, {jobs} job{plural}", lambda names: bootstrap(names, jobs)),
            (f"boto3, {jobs} thread{plural}", lambda names: python(HARDEN, names, jobs)),
        ]:
            # With one job, a thousand buckets take ten times as long as a hundred, which is minutes.
            counts = [count for count in FAR_COUNTS if jobs > 1 or count <= 100]
            runs = []
            for count in counts:
                with Sandbox(SANDBOX, folder) as server, Far(server) as far:
                    runs.append(measure.run(command(write_names(folder, count)), far.env))
            times = [f"{run.seconds:.2f}" for run in runs] + ["–"] * (len(FAR_COUNTS) - len(runs))
            row(name, *times, f"{max(run.peak for run in runs):.1f}")


class Far(Server):
    """A relay to a sandbox that makes every round trip last 20 ms longer."""

    def __init__(self, server):
        address = server.env["AWS_ENDPOINT_URL_S3"].rsplit(":", 1)[1]
        self.process = subprocess.Popen([sys.executable, os.path.join(HERE, "far.py"), address, str(DELAY_MS)], stdout=subprocess.PIPE, text=True)
        port = self.process.stdout.readline().strip()
        self.env = dict(server.env, AWS_ENDPOINT_URL_S3=f"https://localhost:{port}")


def audit(folder):
    table(f"audit of {COUNT:,} buckets", "time, s", "CPU of the client, s", "CPU of the server, s", "peak MiB")
    with Sandbox(SANDBOX, folder) as server:
        measure.run(bootstrap(write_names(folder, COUNT), JOBS), server.env)
        for name, command in [
            (f"s3-secure-bucket, {JOBS} jobs", [BIN, "audit", "--all", "--jobs", str(JOBS), "-o", "json"]),
            (f"boto3, {JOBS} threads, only reads the four settings", python(AUDIT, JOBS)),
        ]:
            took = medians([measure.run(command, server.env, server) for _ in range(3)])
            row(name, f"{took.seconds:.2f}", f"{took.cpu:.2f}", f"{took.server_cpu:.2f}", f"{took.peak:.1f}")
    with Sandbox(SANDBOX, folder) as server:
        measure.run(bootstrap(write_names(folder, MANY), JOBS), server.env)
        peak = measure.run([BIN, "audit", "--all", "-o", "json"], server.env).peak
        print(f"\nPeak memory: {peak:.1f} MiB for an audit of {MANY:,} buckets.")


with tempfile.TemporaryDirectory() as work:
    for measurement in (one_bucket, fleet, far_fleet, audit):
        measurement(work)
