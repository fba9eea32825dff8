"""Measures how long URLs take, with this program and with other tools, and prints Markdown tables."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import measure
from measure import ENV, row, table

BIN, NATIVE, PEERS, HELLO, VENV = sys.argv[1:6]
COUNT = 1_000_000


def make_keys(path):
    """Writes keys of 38 bytes on average. One key in sixteen has characters that must be encoded."""
    with open(path, "w", encoding="utf-8") as out:
        for n in range(COUNT):
            name = f"rép ort+{n:09}&x.pdf" if n % 16 == 0 else f"report-{n:09}-abcd.pdf"
            out.write(f"uploads/2026/01/{name}\n")


def peer(name, keys, count):
    out = subprocess.run([PEERS, name, keys, str(count)], check=True, capture_output=True, text=True)
    return float(out.stdout)


def boto3(keys, count):
    import boto3 as module
    from botocore.config import Config

    client = module.client(
        "s3",
        region_name="eu-central-1",
        aws_access_key_id=ENV["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=ENV["AWS_SECRET_ACCESS_KEY"],
        config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}),
    )
    with open(keys, encoding="utf-8") as lines:
        some = [line.rstrip("\n") for _, line in zip(range(count), lines)]
    best = None
    for _ in range(3):
        begun = time.perf_counter()
        for key in some:
            client.generate_presigned_url("get_object", {"Bucket": "examplebucket", "Key": key}, 900)
        took = (time.perf_counter() - begun) / count * 1e9
        best = took if best is None else min(best, took)
    return best


def million(binary, keys, jobs):
    """Returns the seconds of the whole process (keys from stdin, URLs to /dev/null) and its peak memory in MiB."""
    args = [binary, "presign", "get", "s3://examplebucket/", "--keys-from", "-", "--jobs", str(jobs)]
    runs = []
    for watched in (False,) * 5 + (True,):
        with open(keys, "rb") as stdin:
            runs.append(measure.run(args, stdin=stdin, keep=False, watched=watched))
    # The last run measures the memory, because that measurement makes the run slower.
    return min(one.seconds for one in runs[:-1]), runs[-1].peak


def in_turn(runs, *commands):
    """Returns the medians of commands that take milliseconds. The commands alternate, because the speed of the machine changes every second."""
    took = [[] for _ in commands]
    for run in range(runs):
        for turn in range(len(commands)):
            # Each command follows each other command equally often.
            place = (turn + run) % len(commands) if run % 2 else (run - turn) % len(commands)
            took[place].append(measure.seconds(commands[place]))
    return [statistics.median(times) for times in took]


# The part of the replaced Python script that presigns one URL.
BOTO3_URL = """
import boto3
from botocore.config import Config
c = boto3.client("s3", region_name="eu-central-1", config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
print(c.generate_presigned_url("get_object", {"Bucket": "examplebucket", "Key": "k"}, 900))
"""

def one_url():
    words = ["presign", "get", "s3://examplebucket/k"]
    # The function copies the files as an installation does, because the way in which a file was
    # written and its date affect how the kernel maps the file.
    with tempfile.TemporaryDirectory() as installed:
        put = lambda path, name: shutil.copy(path, f"{installed}/{name}")
        took, native, hello = in_turn(500, [put(BIN, "musl"), *words], [put(NATIVE, "gnu"), *words], [put(HELLO, "hello")])
    table("one URL, the whole process", "ms", "compared with this program", "peak MiB")
    row("a static hello world (Rust)", f"{hello * 1e3:.2f}", f"{hello / took:.2f}", f"{measure.peak([HELLO]):.1f}")
    row("**s3-secure-bucket presign**", f"**{took * 1e3:.2f}**", "1", f"{measure.peak([BIN, *words]):.1f}")
    row("s3-secure-bucket presign, glibc", f"{native * 1e3:.2f}", f"{native / took:.2f}", f"{measure.peak([NATIVE, *words]):.1f}")
    for name, args in [
        ("aws s3 presign", [f"{VENV}/bin/python", f"{VENV}/bin/aws", "s3", "presign", "s3://examplebucket/k", "--region", "eu-central-1"]),
        ("boto3", [f"{VENV}/bin/python", "-c", BOTO3_URL]),
        ("s3cmd signurl (SigV2)", [f"{VENV}/bin/python", f"{VENV}/bin/s3cmd", "--access_key=AKIAIOSFODNN7EXAMPLE", "--secret_key=x", "signurl", "s3://examplebucket/k", "+900"]),
    ]:
        measure.seconds(args)
        theirs = statistics.median(measure.seconds(args) for _ in range(5))
        row(name, f"{theirs * 1e3:.0f}", f"{theirs / took:.0f}", f"{measure.peak(args):.0f}")


def in_memory(keys):
    """Prints the time of one URL for each library, and returns the lower limit in nanoseconds."""
    limit, ours = peer("floor", keys, COUNT), peer("ours", keys, COUNT)
    table("one URL in memory, one thread", "ns", "compared with this program")
    row("lower limit: 8.05 SHA-256 compressions and one copy", f"{limit:,.0f}", f"{limit / ours:.2f}")
    row("**s3-secure-bucket**", f"**{ours:,.0f}**", "1")
    for name, count in [("rusty-s3", 200_000), ("aws-sigv4", 100_000), ("reqsign", 100_000), ("aws-sdk-s3", 30_000)]:
        took = peer(name, keys, count)
        row(name, f"{took:,.0f}", f"{took / ours:.1f}")
    took = boto3(keys, 3_000)
    row("boto3", f"{took:,.0f}", f"{took / ours:,.0f}")
    return limit


def main():
    with tempfile.TemporaryDirectory() as folder:
        keys = os.path.join(folder, "keys")
        make_keys(keys)
        limit = in_memory(keys) * COUNT / 1e9
        table("a million keys on stdin, URLs to /dev/null", "s", "compared with the limit", "peak MiB")
        for name, binary in (("", BIN), (", glibc", NATIVE)):
            for jobs in (1, 2):
                took, memory = million(binary, keys, jobs)
                row(f"{jobs} thread{'s' if jobs > 1 else ''}{name}", f"{took:.2f}", f"{took / limit:.2f}", f"{memory:.1f}")
        one_url()


main()
