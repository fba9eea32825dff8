// The parts that the tests of the page of `request` share: the program, the bucket, the browser, and the steps of a
// customer. The environment names the server (SERVER), and the way to address its buckets (ADDRESSING).
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { request as send } from "node:https";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const { BIN, SHOTS, BROWSER, ONLY } = process.env;
const SERVER = process.env.SERVER || "sandbox";
const ADDRESSING = process.env.ADDRESSING || "path";
export const BUCKET = "request-page";
export const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const runWithInput = (input, ...args) => execFileSync(BIN, ["--addressing", ADDRESSING, ...args], { encoding: "utf8", input, stdio: ["pipe", "pipe", "pipe"] }).trim();
export const run = (...args) => runWithInput("", ...args);
export const request = (...args) => JSON.parse(run("request", `s3://${BUCKET}/in/`, ...args, "-o", "json"));

// Sends a request without credentials. All servers are on this machine, but the name of a bucket's host resolves
// only in the program and in the browser. The certificate is not checked, because each run has a new CA.
export const ask = async (url, { method = "GET", form, headers = {} } = {}) => {
  const body = form && new Response(form);
  const bytes = body ? Buffer.from(await body.arrayBuffer()) : undefined;
  const all = body ? { ...headers, "content-type": body.headers.get("content-type"), "content-length": bytes.length } : headers;
  const lookup = (host, options, found) => (options.all ? found(null, [{ address: "127.0.0.1", family: 4 }]) : found(null, "127.0.0.1", 4));
  return new Promise((resolve, reject) => {
    const sent = send(url, { method, headers: all, lookup, rejectUnauthorized: false }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }));
    });
    sent.on("error", reject);
    sent.end(bytes);
  });
};

const decode = (xml) => xml.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&#34;", '"').replaceAll("&apos;", "'").replaceAll("&amp;", "&");
export const keys = async (prefix) => {
  const { status, body } = await ask(run("presign", "get", `s3://${BUCKET}/`, "--query", "list-type=2", "--query", `prefix=${prefix}`));
  assert.equal(status, 200, body.toString());
  return [...body.toString().matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key]) => decode(key));
};
export const stored = async (key) => (await ask(run("presign", "get", `s3://${BUCKET}/${key}`))).body;
export const upload = (name, content, mimeType = "text/plain") => ({ name, mimeType, buffer: Buffer.from(content) });

run("bootstrap", BUCKET, "--no-presign", "--allow-unsupported", ...(process.env.BOOTSTRAP || "").split(" ").filter(Boolean));
const browser = await chromium.launch({
  executablePath: BROWSER,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP *.localhost 127.0.0.1", "--disable-features=LocalNetworkAccessChecks"],
});
// `problems` are the errors of the script, and everything that the page's security policy blocked.
export const open = async (link, options = {}, prepare = async () => {}) => {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, bypassCSP: false, ...options });
  const page = await context.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => { if (/security policy/i.test(message.text())) { problems.push(message.text()); } });
  await prepare(page);
  await page.goto(link);
  return { page, context, problems };
};
const words = (page, at) => page.locator("#list li").nth(at).locator("[role=status]");
export const shows = (page, at, text) => words(page, at).filter({ hasText: text }).waitFor({ timeout: 20_000 });
export const says = (page, text) => page.locator("#status").filter({ hasText: text }).waitFor({ timeout: 20_000 });
export const button = (page, at, name) => page.locator("#list li").nth(at).getByText(name, { exact: true });
// Answers or delays the uploads of the page, whose URL has no signature.
export const onUpload = (page, handler) => page.route((url) => !url.search.includes("X-Amz-Signature"), handler);
// Lets the test decide when an upload goes on.
export const hold = async (page) => {
  let go;
  const gate = new Promise((resolve) => { go = resolve; });
  await onUpload(page, async (route) => { await gate; await route.continue(); });
  return go;
};
export const shot = (page, name) => (SERVER === "sandbox" && ADDRESSING === "path" ? page.screenshot({ path: `${SHOTS}/request-${name}.png`, fullPage: true }) : undefined);

let passed = 0;
export const test = async (name, body) => {
  if (ONLY && !name.includes(ONLY)) { return; }
  await body();
  for (const context of browser.contexts()) { await context.close(); }
  passed += 1;
  console.log(`ok ${passed} - ${SERVER}, ${ADDRESSING} addressing: ${name}`);
};
export const end = async () => {
  await browser.close();
  console.log(`${passed} passed, 0 failed`);
};
