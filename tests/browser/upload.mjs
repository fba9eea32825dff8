// Tests the upload page as its users see it: opened from a file and from a web server, with and
// without CORS, with and without scripts, with the keyboard, in light and dark colours, and after the
// page has expired. run.sh runs this file.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { cors } from "./cors.mjs";
import { states } from "./states.mjs";

const { BIN, DIR, SHOTS, BROWSER } = process.env;
const BUCKET = "upload-page";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"; // the sandbox has a new CA in each run

const run = (...args) => execFileSync(BIN, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
const page_for = (name, ...args) => {
  const file = `${DIR}/${name}.html`;
  writeFileSync(file, run("presign", "post", ...args, "-o", "html"));
  return `file://${file}`;
};
const stored = async (key, bucket = BUCKET) => {
  const answer = await fetch(run("presign", "get", `s3://${bucket}/${key}`));
  return answer.ok ? await answer.text() : `status ${answer.status}`;
};
const upload = (name, content, mimeType = "text/plain") => ({ name, mimeType, buffer: Buffer.from(content) });
const allow_cors = async (origin) => {
  const rules = `<CORSConfiguration><CORSRule><AllowedOrigin>${origin}</AllowedOrigin><AllowedMethod>POST</AllowedMethod><AllowedHeader>*</AllowedHeader></CORSRule></CORSConfiguration>`;
  const md5 = createHash("md5").update(rules).digest("base64");
  const url = run("presign", "put", `s3://${BUCKET}/`, "--query", "cors", "--header", `Content-MD5: ${md5}`);
  const answer = await fetch(url, { method: "PUT", body: rules, headers: { "Content-MD5": md5 } });
  assert.equal(answer.status, 200, await answer.text());
};

run("bootstrap", BUCKET, "--no-presign");
const browser = await chromium.launch({
  executablePath: BROWSER,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const open = async (url, options = {}) => {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, bypassCSP: false, ...options });
  const page = await context.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.goto(url);
  return { page, context, problems };
};
const words = (page, at) => page.locator("#list li").nth(at).locator("[role=status]");
let passed = 0;
const test = async (name, body) => {
  await body();
  passed += 1;
  console.log(`ok ${passed} - ${name}`);
};

const prefix = page_for("prefix", `s3://${BUCKET}`, "--key-prefix", "in/", "--size-range", "1..20", "--content-type", "text/*");

await test("from a file, without CORS: several files arrive, and the page reports that it cannot confirm it", async () => {
  const { page, problems } = await open(prefix);
  await page.setInputFiles("#picker", [upload("one.txt", "first"), upload("zwei é.txt", "second")]);
  for (const at of [0, 1]) {
    await words(page, at).filter({ hasText: "Not confirmed. The server answered, but the browser hides the answer from this page." }).waitFor();
  }
  assert.ok(!(await page.locator("#plain form").isVisible()), "the plain form opened and invites a second upload");
  assert.equal(await stored("in/one.txt"), "first");
  assert.equal(await stored("in/zwei é.txt"), "second");
  assert.deepEqual(problems, []);
});

await test("reports files that are too large, too small or of the wrong type before it sends them", async () => {
  const { page } = await open(prefix);
  await page.setInputFiles("#picker", [upload("large.txt", "x".repeat(21)), upload("empty.txt", ""), upload("image.png", "png", "image/png")]);
  for (const [at, said] of [[0, "Too large: the file has 21 bytes, and the largest accepted size is 20 bytes."], [1, "This file is empty."], [2, "Only text files are accepted. This looks like a PNG image."]]) {
    await words(page, at).filter({ hasText: said }).waitFor();
  }
  assert.equal(await stored("in/large.txt"), "status 404");
});

await test("without scripts the plain form uploads, and the browser shows the server's response", async () => {
  const { page, context } = await open(prefix, { javaScriptEnabled: false });
  assert.ok(await page.locator("#plain form").isVisible());
  assert.ok(!(await page.locator("#app").isVisible()));
  // The policy requires a content type, and without scripts a browser sends only the fields of the form.
  await page.setInputFiles("#file", upload("plain.txt", "by hand"));
  assert.match(await page.textContent("#plainWait"), /keep this page open and wait until another page appears/);
  const [answer] = await Promise.all([context.waitForEvent("response", (seen) => seen.request().method() === "POST"), page.click("#plain button")]);
  assert.equal(answer.status(), 201);
  await page.getByText("PostResponse").first().waitFor();
  assert.equal(context.pages().length, 1, "the answer opened in another tab, which is empty during the upload");
  assert.equal(await stored("in/plain.txt"), "by hand");
});

await test("by keyboard alone: Tab reaches the picker, its focus is visible, and a key opens it", async () => {
  const { page } = await open(prefix);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "picker");
  const outline = await page.evaluate(() => getComputedStyle(document.querySelector("label[for=picker]")).outlineStyle);
  assert.equal(outline, "solid");
  // Chromium sends file chooser events only after it has processed the subscription, so the test tries again.
  let chooser = null;
  page.on("filechooser", (opened) => { chooser = opened; });
  for (let tries = 0; chooser === null && tries < 20; tries += 1) {
    await page.keyboard.press("Enter");
    await page.waitForTimeout(250);
  }
  assert.ok(chooser, "no key opens the file chooser");
  assert.ok(chooser.isMultiple());
});

for (const colorScheme of ["light", "dark"]) {
  await test(`accessible in ${colorScheme}: axe finds nothing, contrast included`, async () => {
    const { page } = await open(prefix, { colorScheme, bypassCSP: true });
    await page.setInputFiles("#picker", [upload("ok.txt", "fine"), upload("large.txt", "x".repeat(21))]);
    await words(page, 0).filter({ hasText: "Not confirmed." }).waitFor();
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    assert.equal(await page.locator("#list progress:visible").count(), 0, "a progress bar stays after its file is done");
    assert.deepEqual(violations.map((found) => [found.id, found.nodes.map((node) => node.html)]), []);
    await page.screenshot({ path: `${SHOTS}/upload-${colorScheme}.png`, fullPage: true });
  });
}

await test("a narrow screen shows the whole width of the page", async () => {
  const { page } = await open(prefix, { viewport: { width: 320, height: 640 } });
  const [inner, scroll] = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
  assert.ok(scroll <= inner, `${scroll} > ${inner}`);
});

await allow_cors("*");
const web = createServer((request, response) => {
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.end(readFileSync(`${DIR}/${request.url.slice(1)}.html`));
}).listen(0, "127.0.0.1");
await new Promise((ready) => web.once("listening", ready));
const site = `http://127.0.0.1:${web.address().port}`;

await test("from a web server, with CORS: the page reads the response, and dropping a file selects it", async () => {
  const { page, problems } = await open(`${site}/prefix`);
  const dropped = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["dropped"], "dropped.txt", { type: "text/plain" }));
    return transfer;
  });
  await page.dispatchEvent("#drop", "drop", { dataTransfer: dropped });
  await words(page, 0).filter({ hasText: "Uploaded." }).waitFor();
  assert.equal(await stored("in/dropped.txt"), "dropped");
  assert.deepEqual(problems, []);
});

await test("shows the reason when the server refuses a file", async () => {
  // The page has a higher size limit than the policy, so the page sends the file and the server
  // refuses it.
  const file = `${DIR}/prefix.html`;
  writeFileSync(`${DIR}/lax.html`, readFileSync(file, "utf8").replace('"maxSize":20', '"maxSize":2000'));
  const { page } = await open(`${site}/lax`);
  await page.setInputFiles("#picker", upload("large.txt", "x".repeat(200)));
  await words(page, 0).filter({ hasText: "Too large for the server." }).waitFor();
});

await test("accepts one file if the key is fixed, with a progress bar that completes", async () => {
  page_for("one", `s3://${BUCKET}/exact.bin`);
  const { page } = await open(`${site}/one`);
  assert.equal(await page.getAttribute("#picker", "multiple"), null);
  await page.setInputFiles("#picker", upload("any.bin", "z".repeat(3_000_000), "application/octet-stream"));
  await words(page, 0).filter({ hasText: "Uploaded." }).waitFor();
  assert.equal((await stored("exact.bin")).length, 3_000_000);
});

await test("an expired page reports that and accepts no files", async () => {
  const over = page_for("over", `s3://${BUCKET}`, "--key-prefix", "in/", "--at", "2020-01-01T00:00:00Z");
  const { page } = await open(over);
  await page.locator("#status").filter({ hasText: "This page has expired." }).waitFor();
  for (const control of ["#picker", "#file", "#plain button"]) { assert.ok(await page.isDisabled(control), control); }
  const [label, card] = await page.evaluate(() => [getComputedStyle(document.querySelector("label[for=picker]")), getComputedStyle(document.querySelector("#drop"))].map((style) => style.backgroundColor));
  assert.equal(label, card, "the button still has a colour of its own");
  await page.screenshot({ path: `${SHOTS}/expired.png` });
});

await test("an expired policy on a computer whose clock is slow: never reported as sent, and expired as soon as the answer is readable", async () => {
  const late = readFileSync(`${DIR}/over.html`, "utf8").replace(/"expiresAt":"[^"]*"/, '"expiresAt":"2099-01-01T00:00:00Z"');
  writeFileSync(`${DIR}/slow.html`, late);
  const { page } = await open(`${site}/slow`);
  await page.setInputFiles("#picker", upload("late.txt", "late"));
  await words(page, 0).filter({ hasText: "Too late: this page has expired." }).waitFor();
  assert.ok(await page.isDisabled("#picker"));
  await allow_cors("https://another.example.com");
  const { page: blind } = await open(`${site}/slow`);
  await blind.setInputFiles("#picker", upload("late.txt", "late"));
  await words(blind, 0).filter({ hasText: "Not confirmed." }).waitFor();
  assert.doesNotMatch(await blind.textContent("#list"), /\b(Sent|Uploaded)\b/);
  assert.equal(await stored("in/late.txt"), "status 404");
});

await cors({ assert, open, test, words, upload, run, stored, page_for, port: web.address().port });
await states({ assert, browser, open, test, words, upload, run, DIR, SHOTS, axe });

// The audit page contains a compliant bucket, a bucket with drift, and a missing bucket.
run("bootstrap", "left-alone", "--no-presign", "--skip", "tls-only,encryption");
const audit = (form, file) => {
  let out;
  try {
    out = run("audit", BUCKET, "left-alone", "not-there", "-o", form);
  } catch (error) {
    out = error.stdout; // the command exits with 1, because one bucket is missing
  }
  writeFileSync(file, out);
  return `file://${file}`;
};
const report = audit("html", `${DIR}/audit.html`);
audit("sarif", `${DIR}/audit.sarif`);

for (const colorScheme of ["light", "dark"]) {
  await test(`the audit page in ${colorScheme}: complete, accessible, loads no other resource, fits 320 px`, async () => {
    const { page, context, problems } = await open(report, { colorScheme, bypassCSP: true, viewport: { width: 320, height: 800 } });
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.reload();
    assert.deepEqual(asked, [report]);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 320, `${wide} px`);
    await page.setViewportSize({ width: 1280, height: 1600 });
    await page.screenshot({ path: `${SHOTS}/audit-${colorScheme}.png` });
    const sums = ["1compliant", "1with drift", "1not audited", "2medium findings", "1low findings"];
    assert.deepEqual(await page.locator(".sum li").allTextContents(), sums);
    const buckets = await page.locator("details.bucket > summary").allTextContents();
    assert.match(buckets[0], /left-alone.*with drift/);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`), []);
    assert.deepEqual(problems, []);
    await context.close();
  });
}

await browser.close();
web.close();
console.log(`${passed} passed, 0 failed`);
