"""Makes the URLs of a large upload and lists many keys, with this program and with other tools, and prints Markdown tables."""

import http.client
import ssl
import subprocess
import sys
import tempfile
import urllib.parse

import measure
from measure import Sandbox, medians, python, row, table

BIN, SANDBOX, VENV = sys.argv[1:4]
PARTS = 10_000
KEYS = 100_000
BUCKET = "bench"

BOTO3_PARTS = r"""
import sys
import boto3
from botocore.config import Config
client = boto3.client("s3", config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))
upload = client.create_multipart_upload(Bucket=sys.argv[1], Key="big")["UploadId"]
for part in range(1, int(sys.argv[2]) + 1):
    print(client.generate_presigned_url("upload_part", {"Bucket": sys.argv[1], "Key": "big", "UploadId": upload, "PartNumber": part}, 900))
"""

BOTO3_LIST = r"""
import sys
import boto3
from botocore.config import Config
client = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))
for page in client.get_paginator("list_objects_v2").paginate(Bucket=sys.argv[1], Prefix="in/"):
    for found in page["Contents"]:
        print(found["Key"])
"""


def compare(server, count, commands):
    """Prints a row for each command: its name, its arguments, how often it runs, and the lines that it must print."""
    ours = None
    for name, command, times, lines in commands:
        runs = [measure.run(command, server.env, server) for _ in range(times)]
        for one in runs:
            assert lines(one.stdout) == count, (name, lines(one.stdout), count)
        took = medians(runs)
        ours = ours or took.seconds
        row(name, f"{took.seconds:.2f}", f"{took.seconds / ours:.1f}" if took.seconds != ours else "1", f"{took.cpu:.2f}", f"{took.server_cpu:.2f}", f"{took.peak:.1f}")


def heads(first):
    table(first, "time, s", "compared with this program", "CPU of the client, s", "CPU of the server, s", "peak MiB")


def parts(server):
    heads(f"URLs for an upload of {PARTS:,} parts")
    compare(server, PARTS, [
        ("**s3-secure-bucket presign multipart**", [BIN, "presign", "multipart", f"s3://{BUCKET}/big", "--size", f"{PARTS * 5}MiB", "--part-size", "5MiB", "-o", "json"], 5, lambda out: out.count("partNumber=")),
        ("boto3", python(BOTO3_PARTS, BUCKET, PARTS), 1, lambda out: out.count("partNumber=")),
    ])


def fill(server):
    """Uploads small objects with presigned URLs over one connection."""
    keys = "".join(f"in/2026-11-27/report-{n:06}.pdf\n" for n in range(KEYS))
    urls = subprocess.run([BIN, "presign", "put", f"s3://{BUCKET}/", "--keys-from", "-"], env=server.env, input=keys, capture_output=True, text=True, check=True)
    origin = server.env["AWS_ENDPOINT_URL_S3"]
    trust = ssl.create_default_context(cafile=server.env["AWS_CA_BUNDLE"])
    connection = http.client.HTTPSConnection(urllib.parse.urlsplit(origin).netloc, context=trust)
    for url in urls.stdout.split():
        connection.request("PUT", url.removeprefix(origin), b"x")
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status


def keys(server):
    heads(f"list of {KEYS:,} keys")
    lines = lambda out: len(out.splitlines())
    compare(server, KEYS, [
        ("**s3-secure-bucket list**", [BIN, "list", f"s3://{BUCKET}/in/"], 5, lines),
        ("s3-secure-bucket list --long", [BIN, "list", f"s3://{BUCKET}/in/", "--long"], 5, lines),
        ("boto3", python(BOTO3_LIST, BUCKET), 3, lines),
        ("aws s3 ls --recursive", [sys.executable, f"{VENV}/bin/aws", "s3", "ls", "--recursive", f"s3://{BUCKET}/in/"], 3, lines),
    ])


with tempfile.TemporaryDirectory() as work, Sandbox(SANDBOX, work) as sandbox:
    measure.run([BIN, "bootstrap", BUCKET, "-q"], sandbox.env)
    parts(sandbox)
    fill(sandbox)
    keys(sandbox)
