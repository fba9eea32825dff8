"""Measures, and prints a Markdown table: run by run.sh with Python's boto3 at hand.

Everything is measured in this one run, on the same million keys; quote the ratios.
"""

import datetime
import os
import subprocess
import sys
import tempfile
import time

BIN, PEERS = sys.argv[1:3]
COUNT = 1_000_000
ENV = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_REGION": "eu-central-1",
}


def make_keys(path):
    """38 bytes a key on the average; one in sixteen has something to encode."""
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


def whole(keys, jobs):
    """Seconds of the whole process, keys on stdin and URLs to /dev/null; peak memory in MiB."""
    best, peak = None, 0
    for _ in range(5):
        with open(keys, "rb") as stdin, open(os.devnull, "wb") as null:
            args = [BIN, "presign", "get", "s3://examplebucket/", "--keys-from", "-", "--jobs", str(jobs)]
            begun = time.perf_counter()
            child = subprocess.Popen(args, stdin=stdin, stdout=null, env=ENV)
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
            took = time.perf_counter() - begun
            assert child.wait() == 0
        best = took if best is None else min(best, took)
    # Memory in a run of its own: looking at it costs time.
    with open(keys, "rb") as stdin, open(os.devnull, "wb") as null:
        child = subprocess.Popen(args, stdin=stdin, stdout=null, env=ENV)
        while child.poll() is None:
            peak = max(peak, high_water(child.pid))
            time.sleep(0.002)
    return best, peak


def high_water(pid):
    """VmHWM, in MiB: of the program itself, unlike ru_maxrss, which begins with its parent's."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM"):
                    return int(line.split()[1]) / 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return "unknown processor"


def main():
    with tempfile.TemporaryDirectory() as folder:
        keys = os.path.join(folder, "keys")
        make_keys(keys)
        floor = peer("floor", keys, COUNT)
        ours = peer("ours", keys, COUNT)
        print(f"{processor()}, {os.cpu_count()} processors, {datetime.date.today()}\n")
        print("| one presigned URL, in memory, one thread | ns | ours is faster by |")
        print("|---|---|---|")
        print(f"| the floor: 8.05 SHA-256 compressions and the copy | {floor:,.0f} | {floor / ours:.2f} |")
        print(f"| **s3-secure-bucket** | **{ours:,.0f}** | 1 |")
        for name, count in [("rusty-s3", 200_000), ("aws-sigv4", 100_000), ("reqsign", 100_000), ("aws-sdk-s3", 30_000)]:
            took = peer(name, keys, count)
            print(f"| {name} | {took:,.0f} | {took / ours:.1f} |")
        took = boto3(keys, 3_000)
        print(f"| boto3 | {took:,.0f} | {took / ours:,.0f} |")
        print("\n| a million keys on stdin, URLs to /dev/null, whole process | s | to the floor | MiB |")
        print("|---|---|---|---|")
        seconds = {}
        for jobs in (1, 2):
            seconds[jobs], memory = whole(keys, jobs)
            ratio = seconds[jobs] / (floor * COUNT / 1e9)
            print(f"| {jobs} thread{'s' if jobs > 1 else ''} | {seconds[jobs]:.2f} | {ratio:.2f} | {memory:.1f} |")
        print(f"\nTwo threads are {seconds[1] / seconds[2]:.2f} times as fast as one.")


main()
