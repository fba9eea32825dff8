#!/usr/bin/env python3
"""Draws docs/pictures/terminal.svg: a terminal in which the program runs.

usage: docs/pictures/terminal.py FOLDER   (the folder that contains s3-secure-bucket and s3-sandbox)

The script runs the program and draws the output. The program uses the host names of AWS, and a proxy
connects every host name to the sandbox. Two runs differ only in the time and the signature of a URL, so
fixed values replace both, and the script truncates long lines. `make pictures` runs this script, and
tests/transcripts.rs compares the picture with the output of a new run.
"""
import html
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

COLUMNS = 100
TIME = "2026-11-26T10:15:00Z"
FONT, LINE, MARGIN, BAR = 14, 20, 16, 32
CHARACTER = 8.43  # the width in pixels of a character with the font size FONT
COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "2": "#8b949e", "1": "#ffffff"}

COMMANDS = [
    "s3-secure-bucket bootstrap my-drop-box --region eu-central-1 >urls",
    "cat urls",
    """curl --upload-file offer.pdf "$(sed -n 's/^PUT //p' urls)" && echo uploaded""",
    "s3-secure-bucket bootstrap my-drop-box --region eu-central-1 --no-presign",
]


def copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the thread for the other direction has closed the connection


def serve(client, port):
    """Answers one CONNECT request, and connects the client to the sandbox for any host name."""
    request = b""
    while b"\r\n\r\n" not in request:
        data = client.recv(4096)
        if not data:
            return
        request += data
    server = socket.create_connection(("127.0.0.1", port))
    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    threading.Thread(target=copy, args=(client, server), daemon=True).start()
    copy(server, client)


def start_proxy(port):
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            client, _ = listener.accept()
            threading.Thread(target=serve, args=(client, port), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def transcript(folder):
    """Returns the lines that a terminal shows: each command and its output."""
    with tempfile.TemporaryDirectory() as work:
        ca = f"{work}/ca.pem"
        sandbox = subprocess.Popen(
            [f"{folder}/s3-sandbox", "--aws-defaults", "--ca-out", ca],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        try:
            exports = {}
            for line in sandbox.stdout:
                name, _, value = line.removeprefix("export ").strip().partition("=")
                exports[name] = value.strip("'")
                if name == "CURL_CA_BUNDLE":
                    break
            else:
                sys.exit("the sandbox did not start")
            proxy = start_proxy(int(exports["AWS_ENDPOINT_URL_S3"].rsplit(":", 1)[1]))
            environment = {
                "PATH": f"{folder}:{os.environ['PATH']}",
                "HOME": work,
                "HTTPS_PROXY": f"http://127.0.0.1:{proxy}",
                "AWS_ACCESS_KEY_ID": exports["AWS_ACCESS_KEY_ID"],
                "AWS_SECRET_ACCESS_KEY": exports["AWS_SECRET_ACCESS_KEY"],
                "SSL_CERT_FILE": ca,
            }
            Path(work, "offer.pdf").write_bytes(b"%PDF-1.7\n")
            lines = []
            for command in COMMANDS:
                lines.append(f"\x1b[2m$\x1b[0m \x1b[1m{command}\x1b[0m")
                # On a terminal, the program prints colours, and curl prints nothing during an upload.
                run = command.replace("s3-secure-bucket ", "s3-secure-bucket --color always ")
                run = run.replace("curl ", "curl --silent --show-error --fail ")
                done = subprocess.run(
                    run, shell=True, cwd=work, env=environment, text=True, check=True,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                )
                lines += done.stdout.splitlines()
            return lines
        finally:
            sandbox.terminate()
            sandbox.wait()


def fixed(line):
    """Returns the line with fixed values for the time and the signature, which differ in each run."""
    line = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", TIME, line)
    return re.sub(r"(X-Amz-(?:Date|Signature|Credential)=)[^& ]*", r"\1…", line)


def spans(line):
    """Returns pairs of a colour (or None) and the text in this colour, truncated to the width of the picture."""
    colour, left, found = None, COLUMNS, []
    total = len(re.sub(r"\x1b\[[0-9;]*m", "", line))
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if code := re.fullmatch(r"\x1b\[([0-9;]*)m", part):
            codes = [it for it in code[1].split(";") if it in COLOURS]
            colour = COLOURS[codes[-1]] if codes else None
        elif part and left > 0:
            text = part if len(part) <= left else part[: left - 1] + "…"
            left -= len(part)
            found.append((colour, text))
    assert total == 0 or found
    return found


def picture(lines):
    width = round(2 * MARGIN + COLUMNS * CHARACTER)
    height = BAR + 2 * MARGIN + LINE * len(lines)
    texts = []
    for row, line in enumerate(lines):
        y = BAR + MARGIN + LINE * row + FONT
        parts = []
        for colour, text in spans(line):
            text = html.escape(text, quote=False)
            parts.append(f'<tspan fill="{colour}">{text}</tspan>' if colour else text)
        texts.append(f'<text x="{MARGIN}" y="{y}" xml:space="preserve">{"".join(parts)}</text>')
    dots = "".join(
        f'<circle cx="{20 + 20 * at}" cy="16" r="6" fill="{fill}"/>'
        for at, fill in enumerate(["#ff5f57", "#febc2e", "#28c840"])
    )
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="A terminal: see the commands in README">',
        f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>',
        dots,
        f'<g fill="#e6edf3" font-size="{FONT}" '
        'font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace">',
        *texts,
        "</g>",
        "</svg>",
        "",
    ])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    lines = [fixed(line) for line in transcript(Path(sys.argv[1]).resolve())]
    Path(__file__).with_suffix(".svg").write_text(picture(lines), encoding="utf-8")


main()
