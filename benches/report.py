"""Measures the program and other tools, and prints Markdown tables.

run.sh installs boto3 and runs this script. All figures of a run come from the same session, so quote
the ratios and not the absolute times.
"""

import datetime
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

BIN, PEERS, SANDBOX, HELLO, VENV = sys.argv[1:6]
# The musl binary, if `make static` built one.
MUSL = BIN.replace("-linux-gnu/", "-linux-musl/")
MUSL = MUSL if MUSL != BIN and os.path.exists(MUSL) else None
COUNT = 1_000_000
ENV = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_REGION": "eu-central-1",
}


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


def whole(keys, jobs):
    """Returns the seconds of the whole process (keys from stdin, URLs to /dev/null) and its peak memory in MiB."""
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
    # A separate run measures the memory, because the measurement makes the run slower.
    with open(keys, "rb") as stdin, open(os.devnull, "wb") as null:
        child = subprocess.Popen(args, stdin=stdin, stdout=null, env=ENV)
        while child.poll() is None:
            peak = max(peak, high_water(child.pid))
            time.sleep(0.002)
    return best, peak


def high_water(pid):
    """Returns VmHWM in MiB. VmHWM covers only the program, but ru_maxrss starts with the value of the parent process."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM"):
                    return int(line.split()[1]) / 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


def median(args, runs, env=ENV):
    """Returns the seconds that a process takes, as the median of several runs after a warm-up run."""
    took = []
    for _ in range(runs + 1):
        begun = time.perf_counter()
        done = subprocess.run(args, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        took.append(time.perf_counter() - begun)
        assert done.returncode == 0, args
    return statistics.median(took[1:])


def in_turn(runs, *commands):
    """Returns the medians of commands that take milliseconds. The commands alternate, because the speed of the machine changes every second."""
    took = [[] for _ in commands]
    for run in range(runs):
        turns = list(zip(took, commands))
        for times, command in turns if run % 2 else reversed(turns):
            times.append(median_once(command, ENV))
    return [statistics.median(times) for times in took]


def peak(args, env=ENV):
    """Returns the peak memory of a process in MiB, which the kernel records."""
    return max(peak_of(args, env) for _ in range(5))


# The part of the replaced Python script that presigns one URL.
BOTO3_URL = """
import boto3
from botocore.config import Config
c = boto3.client("s3", region_name="eu-central-1", config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
print(c.generate_presigned_url("get_object", {"Bucket": "examplebucket", "Key": "k"}, 900))
"""

# The Python script that this program replaced, without the script's call of sleep.
BOTO3_BOOTSTRAP = """
import json, sys, boto3
from botocore.config import Config
b, endpoint = sys.argv[1:3]
c = boto3.client("s3", region_name="us-east-1", endpoint_url=endpoint, config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))
c.create_bucket(Bucket=b)
c.get_waiter("bucket_exists").wait(Bucket=b)
c.put_public_access_block(Bucket=b, PublicAccessBlockConfiguration=dict(BlockPublicAcls=True, IgnorePublicAcls=True, BlockPublicPolicy=True, RestrictPublicBuckets=True))
c.put_bucket_encryption(Bucket=b, ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]})
c.put_bucket_ownership_controls(Bucket=b, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
c.put_bucket_policy(Bucket=b, Policy=json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "DenyInsecureTransport", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::" + b, "arn:aws:s3:::" + b + "/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}))
for method in ("put_object", "get_object"):
    print(c.generate_presigned_url(method, {"Bucket": b, "Key": "uploads/example.txt"}, 900))
"""


def one_url():
    words = ["presign", "get", "s3://examplebucket/k"]
    # The function copies the files as an installation does, because the way in which a file was
    # written and its date affect how the kernel maps the file.
    with tempfile.TemporaryDirectory() as installed:
        put = lambda path, name: shutil.copy(path, f"{installed}/{name}")
        musl = [[put(MUSL, "musl"), *words]] if MUSL else []
        took, hello, *on_musl = in_turn(500, [put(BIN, "gnu"), *words], [put(HELLO, "hello")], *musl)
    print("\n| one presigned URL, whole process | ms | to ours | MiB |")
    print("|---|---|---|---|")
    print(f"| a static hello world (Rust) | {hello * 1e3:.2f} | {hello / took:.2f} | {peak([HELLO]):.1f} |")
    print(f"| **s3-secure-bucket presign** | **{took * 1e3:.2f}** | 1 | {peak([BIN, *words]):.1f} |")
    for other in on_musl:
        print(f"| the same on musl | {other * 1e3:.2f} | {other / took:.2f} | {peak([MUSL, *words]):.1f} |")
    for name, args in [
        ("aws s3 presign", [f"{VENV}/bin/python", f"{VENV}/bin/aws", "s3", "presign", "s3://examplebucket/k", "--region", "eu-central-1"]),
        ("boto3", [f"{VENV}/bin/python", "-c", BOTO3_URL]),
        ("s3cmd signurl (SigV2)", [f"{VENV}/bin/python", f"{VENV}/bin/s3cmd", "--access_key=AKIAIOSFODNN7EXAMPLE", "--secret_key=x", "signurl", "s3://examplebucket/k", "+900"]),
    ]:
        peer_took = median(args, 5)
        print(f"| {name} | {peer_took * 1e3:.0f} | {peer_took / took:.0f} | {peak(args):.0f} |")


def bootstraps(folder):
    """Measures the creation of new buckets on the sandbox, over https and plain http."""
    ca = os.path.join(folder, "ca.pem")
    server = subprocess.Popen([SANDBOX, "--aws-defaults", "--ca-out", ca], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        env = dict(ENV, AWS_REGION="us-east-1", AWS_CA_BUNDLE=ca)
        for line in server.stdout:
            name, _, value = line.strip().removeprefix("export ").partition("=")
            env[name] = value.strip("\"'")
            if name == "S3_SANDBOX_HTTP":
                break
        number = iter(range(10_000))
        print("\n| bootstrap of a new bucket, whole process, on the sandbox | ms | to ours | MiB |")
        print("|---|---|---|---|")
        # The program reads back each setting, and the replaced script does not.
        def ours():
            return [BIN, "bootstrap", f"bench-{next(number)}", "-q"]
        def script():
            return [f"{VENV}/bin/python", "-c", BOTO3_BOOTSTRAP, f"bench-{next(number)}", env["AWS_ENDPOINT_URL_S3"]]
        took = statistics.median([median_once(ours(), env) for _ in range(30)])
        theirs = statistics.median([median_once(script(), env) for _ in range(5)])
        print(f"| **s3-secure-bucket** (9 requests, one connection) | **{took * 1e3:.1f}** | 1 | {peak_new(ours, env):.1f} |")
        print(f"| boto3, the script it replaces, without its sleep (6 requests) | {theirs * 1e3:.0f} | {theirs / took:.0f} | {peak_new(script, env):.0f} |")
    finally:
        server.kill()
        server.wait()


def median_once(args, env):
    begun = time.perf_counter()
    done = subprocess.run(args, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, text=True)
    assert done.returncode == 0, done.stderr
    return time.perf_counter() - begun


def peak_new(args, env):
    return max(peak_of(args(), env) for _ in range(3))


def peak_of(args, env):
    most = 0
    child = subprocess.Popen(args, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while child.poll() is None:
        most = max(most, high_water(child.pid))
    return most


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
        one_url()
        bootstraps(folder)
        size = lambda path: f"{os.path.getsize(path) / 1e6:.2f} MB"
        on_musl = f" ({size(MUSL)} on musl)" if MUSL else ""
        print(f"\nThe binary: {size(BIN)}{on_musl}, static; a static hello world in Rust: {size(HELLO)}.")


main()
