// Tests of the pages that send one file in parts: the page in the bucket (`request --key` with a size above
// 5 GiB) and the page in a file (`presign multipart -o html`). run.sh runs this file. The tests use parts of
// 5 MiB, so that each test takes seconds.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium, devices } from "playwright-core";

const { BIN, DIR, SHOTS, BROWSER } = process.env;
const SERVER = process.env.SERVER || "sandbox";
const BUCKET = "parts-page";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"; // the sandbox has a new CA in each run

const MIB = 1024 * 1024;
const PART = 5 * MIB;
const SIZE = 4 * PART + 4321;
const PARTS = 5;

const run = (...args) => execFileSync(BIN, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 64 * MIB }).trim();
const published = (...more) => JSON.parse(run("request", `s3://${BUCKET}/in/`, "--key", "disk.img", "--size-range", "1..6GB", ...more, "-o", "json"));
const query = async (method, parameters, body, headers = {}) => {
  const options = Object.entries(parameters).flatMap(([name, value]) => ["--query", `${name}=${value}`]);
  const signed = Object.entries(headers).flatMap(([name, value]) => ["--header", `${name}: ${value}`]);
  const answer = await fetch(run("presign", method.toLowerCase(), `s3://${BUCKET}/`, ...options, ...signed), { method, body, headers });
  return [answer.status, await answer.text()];
};
const keys = async (prefix) => {
  const [status, xml] = await query("GET", { "list-type": "2", prefix });
  assert.equal(status, 200, xml);
  return [...xml.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key]) => key);
};
const stored = async (key) => Buffer.from(await (await fetch(run("presign", "get", `s3://${BUCKET}/${key}`))).arrayBuffer());
const hex = (content) => createHash("sha256").update(content).digest("hex");

// A file whose bytes differ between the parts. The page makes the same file, because the test's connection to
// the browser takes files up to 50 MB only in slow pieces.
const content = (seed) => Buffer.from(Uint32Array.from({ length: SIZE / 4 + 1 }, (_, at) => Math.imul(at + seed, 2654435761)).buffer, 0, SIZE);
const choose = (page, { name = "disk.bin", seed = 1, modified = 1_700_000_000_000, size = SIZE } = {}) => page.evaluate(([called, start, time, bytes]) => {
  const numbers = Uint32Array.from({ length: bytes / 4 + 1 }, (_, at) => Math.imul(at + start, 2654435761));
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(numbers.buffer, 0, bytes)], called, { lastModified: time }));
  document.querySelector("#drop").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
}, [name, seed, modified, size]);

run("bootstrap", BUCKET, "--no-presign", "--allow-unsupported", ...(process.env.BOOTSTRAP || "").split(" ").filter(Boolean));
const browser = await chromium.launch({
  executablePath: BROWSER,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const isPart = (request) => request.method() === "PUT";
const numberOf = (request) => Number(new URL(request.url()).searchParams.get("partNumber"));
// Opens a page with parts of 5 MiB. `sent` collects the numbers of the parts that were sent, and `most` the
// largest number of parts at the same time.
const open = async (link, { context, ...options } = {}) => {
  const own = context || await browser.newContext({ ignoreHTTPSErrors: true, ...options });
  const page = await own.newPage();
  const seen = { sent: [], open: 0, most: 0 };
  const problems = [];
  page.on("pageerror", (error) => { problems.push(String(error)); console.error(String(error)); });
  page.on("console", (message) => { if (/security policy/i.test(message.text())) { problems.push(message.text()); } });
  page.on("request", (request) => { if (isPart(request)) { seen.sent.push(numberOf(request)); seen.open += 1; seen.most = Math.max(seen.most, seen.open); } });
  for (const event of ["requestfinished", "requestfailed"]) { page.on(event, (request) => { if (isPart(request)) { seen.open -= 1; } }); }
  if (!link.startsWith("file:")) {
    await page.route(link, async (route) => {
      if (route.request().resourceType() !== "document") { await route.continue(); return; }
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: (await answer.text()).replace(`"partSize":${64 * MIB}`, `"partSize":${PART}`) });
    });
  }
  await page.goto(link);
  return { page, context: own, problems, seen };
};
const words = (page, at = 0) => page.locator("#list li").nth(at).locator("[role=status]");
const shows = (page, text, at = 0) => words(page, at).filter({ hasText: text }).waitFor({ timeout: 30_000 });
const says = (page, text) => page.locator("#status").filter({ hasText: text }).waitFor({ timeout: 30_000 });
const button = (page, name, at = 0) => page.locator("#list li").nth(at).getByText(name, { exact: true });
const shot = (page, name) => (SERVER === "sandbox" ? page.screenshot({ path: `${SHOTS}/parts-${name}.png`, fullPage: true }) : undefined);
const DONE = "Done: 1 file arrived, and the receipt is stored beside it.";
// Holds the parts with these numbers until the returned function is called, which sends these parts, or aborts
// them with `abort`. The browser may send such a part although the page has cancelled its upload.
const hold = async (page, held) => {
  let release;
  let holds = true;
  const gate = new Promise((resolve) => { release = resolve; });
  await page.route((url) => url.searchParams.has("partNumber"), async (route) => {
    const action = holds && held(numberOf(route.request())) ? await gate : "continue";
    await route[action]().catch(() => {});
  });
  return (action = "continue") => { holds = false; release(action); };
};
// Cuts the connection of the parts with these numbers. A held request could still be sent when the page closes.
const cut = (page, held) => page.route((url) => url.searchParams.has("partNumber") && held(Number(url.searchParams.get("partNumber"))), (route) => route.abort());
const until = async (check) => {
  for (let tries = 0; !(await check()); tries += 1) {
    assert.ok(tries < 200, String(check));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};
// Only parts from this number on were sent again. A part that was on its way when its page was closed may have
// arrived.
const onlyMissing = ({ sent }, first) => assert.ok(sent.length > 0 && sent.every((number) => number >= first) && new Set(sent).size === sent.length, String(sent));
const check = async (own, seed = 1) => {
  const found = await keys(own.prefix);
  assert.deepEqual(found.map((key) => key.slice(key.lastIndexOf("/") + 1)), ["disk.img", "receipt.json"]);
  const bytes = await stored(found[0]);
  assert.ok(bytes.equals(content(seed)), "the object differs from the file");
  const receipt = JSON.parse(await stored(found[1]));
  assert.equal(receipt.files.length, 1);
  assert.equal(receipt.files[0].sha256, hex(bytes));
  assert.equal(receipt.files[0].key, found[0]);
  return receipt;
};

let passed = 0;
const only = process.env.ONLY;
const test = async (name, body) => {
  if (only && !name.includes(only)) { return; }
  try {
    await body();
  } catch (error) {
    // The texts of the pages show what the test waited for.
    for (const page of browser.contexts().flatMap((context) => context.pages())) { console.error(await page.locator("main").innerText()); }
    throw error;
  }
  for (const context of browser.contexts()) { await context.close(); }
  passed += 1;
  console.log(`ok ${passed} - ${SERVER}: parts: ${name}`);
};

await test("a file arrives in parallel parts, and the SHA-256 of the download is that of the receipt", async () => {
  const own = published("--title", "One large file");
  const { page, problems, seen } = await open(own.link);
  await shot(page, "waiting");
  await choose(page);
  await says(page, DONE);
  await shows(page, "Uploaded.");
  const receipt = await check(own);
  assert.match(receipt.files[0].etag, new RegExp(`-${PARTS}"?$`));
  assert.deepEqual(seen.sent.toSorted(), [1, 2, 3, 4, 5]);
  assert.ok(seen.most >= 2, `${seen.most} parts at the same time`);
  assert.deepEqual(problems, []);
  const html = await (await fetch(own.link)).text();
  const { upload } = JSON.parse(html.match(/id="config">(.*?)<\/script>/s)[1]);
  assert.equal(upload.signatures.length, 64 * Math.ceil(6e9 / (64 * MIB)));
  assert.equal(Object.keys(upload).sort().join(), "after,before,complete,completeHeaders,head,id,key,lists,partSize,signatures");
  const list = run("list", `s3://${BUCKET}/${own.prefix}`, "--long", "-o", "json");
  assert.equal(JSON.parse(list).complete, true, list);
});

await test("after a reload the page asks for the same file, and sends only the missing parts", async () => {
  const own = published();
  const { page, context } = await open(own.link);
  await cut(page, (number) => number > 2);
  await choose(page);
  await until(async () => (await page.locator("#list progress").getAttribute("value")) > 0.49);
  await page.close();
  const again = await open(own.link, { context });
  await choose(again.page);
  await says(again.page, DONE);
  onlyMissing(again.seen, 3);
  await check(own);
  const kept = await again.page.evaluate(() => Object.entries(localStorage));
  assert.equal(kept.length, 1);
  assert.match(kept[0][0], /^s3-secure-bucket 'sha256-[A-Za-z0-9+/]{43}='$/);
  assert.deepEqual(JSON.parse(kept[0][1]), { name: "disk.bin", size: SIZE, lastModified: 1_700_000_000_000 });
});

await test("another file after a reload is named, and replaces all parts only on request", async () => {
  const own = published();
  const { page, context } = await open(own.link);
  await cut(page, (number) => number > 2);
  await choose(page);
  await until(async () => (await page.locator("#list progress").getAttribute("value")) > 0.49);
  await page.close();
  const again = await open(own.link, { context });
  await choose(again.page, { seed: 7, modified: 1_700_000_000_001 });
  await shows(again.page, "Parts of another file have arrived: disk.bin (20 MiB). Choose that file to continue its upload, or press Try again to send this file from the beginning.");
  await shot(again.page, "other-file");
  assert.deepEqual(again.seen.sent, []);
  await button(again.page, "Try again").click();
  await says(again.page, DONE);
  assert.deepEqual(again.seen.sent.toSorted(), [1, 2, 3, 4, 5]);
  await check(own, 7);
});

await test("another browser sends all parts again, because it cannot know their file", async () => {
  const own = published();
  const { page } = await open(own.link);
  await cut(page, (number) => number > 2);
  await choose(page, { seed: 3 });
  await until(async () => (await page.locator("#list progress").getAttribute("value")) > 0.49);
  await page.close();
  const other = await open(own.link);
  await choose(other.page);
  await says(other.page, DONE);
  assert.deepEqual(other.seen.sent.toSorted(), [1, 2, 3, 4, 5]);
  await check(own);
});

await test("a second tab notices the first, and continues after it", async () => {
  const own = published();
  const first = await open(own.link);
  await cut(first.page, (number) => number > 3);
  await choose(first.page);
  await until(() => first.seen.sent.includes(4));
  const second = await open(own.link, { context: first.context });
  await choose(second.page);
  await shows(second.page, "Another tab of this browser sends the file now.");
  await shot(second.page, "other-tab");
  assert.deepEqual(second.seen.sent, []);
  await first.page.close();
  await button(second.page, "Try again").click();
  await says(second.page, DONE);
  onlyMissing(second.seen, 4);
  await check(own);
});

await test("offline in the middle: the upload goes on when the connection is back", async () => {
  const own = published();
  const { page, context, seen } = await open(own.link);
  const go = await hold(page, (number) => number > 2);
  await choose(page);
  await until(() => seen.sent.includes(5));
  await context.setOffline(true);
  go();
  await shows(page, "Your computer is offline. The upload continues when the connection is back.");
  await shot(page, "offline");
  await page.waitForTimeout(3000);
  await context.setOffline(false);
  await says(page, DONE);
  await check(own);
});

await test("cancel by keyboard and try again: parts that arrived are not sent again", async () => {
  const own = published();
  const { page, seen } = await open(own.link);
  const go = await hold(page, (number) => number > 2);
  await choose(page);
  await until(() => seen.sent.includes(5));
  await shot(page, "sending");
  await button(page, "Cancel").focus();
  await page.keyboard.press("Enter");
  await shows(page, "Cancelled.");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Try again", "the keyboard lost its place");
  seen.sent.length = 0;
  go("abort");
  await page.keyboard.press("Enter");
  await says(page, DONE);
  assert.deepEqual(seen.sent.toSorted(), [3, 4, 5]);
  await check(own);
});

await test("a busy server is asked again, and a refused part is reported with the server's message", async () => {
  const own = published();
  const { page, seen } = await open(own.link);
  let answers = 2;
  const handler = async (route) => {
    answers -= 1;
    if (answers >= 0) { await route.fulfill({ status: 503, body: "<Error><Code>SlowDown</Code></Error>", contentType: "application/xml" }); } else { await route.continue(); }
  };
  const parts = (url) => url.searchParams.get("partNumber") === "2";
  await page.route(parts, handler);
  await choose(page);
  await says(page, DONE);
  assert.equal(seen.sent.filter((number) => number === 2).length, 3);
  await check(own);
  const other = published();
  const second = await open(other.link);
  await second.page.route(parts, (route) => route.fulfill({ status: 403, contentType: "application/xml", body: "<Error><Code>AccessDenied</Code><Message>An &lt;b&gt;explicit&lt;/b&gt; deny</Message></Error>" }));
  await choose(second.page);
  await shows(second.page, "The server refused the file. Report this answer to the sender of the page: AccessDenied. An <b>explicit</b> deny");
  assert.ok(!(await second.page.locator("#receipt").isVisible()));
  assert.deepEqual(await keys(other.prefix), []);
});

await test("an error inside the answer 200, and a lost answer to the last request", async () => {
  const own = published();
  const { page } = await open(own.link);
  const isComplete = (url) => url.searchParams.has("uploadId") && !url.searchParams.has("partNumber");
  let asked = 0;
  await page.route(isComplete, async (route) => {
    if (route.request().method() !== "POST") { await route.continue(); return; }
    asked += 1;
    if (asked === 1) { await route.fulfill({ status: 200, contentType: "application/xml", body: "<Error><Code>InternalError</Code></Error>" }); return; }
    // The server completes the upload, but its answer is lost.
    if (asked === 2) { await route.fetch(); await route.abort(); return; }
    await route.continue();
  });
  await choose(page);
  await says(page, DONE);
  assert.equal(asked, 3);
  await check(own);
});

await test("after the upload was completed, the same file gets its receipt, and another file does not", async () => {
  const own = published();
  const first = await open(own.link);
  await first.page.route((url) => url.searchParams.get("x-amz-mp-object-size") !== null || !url.search, (route) => route.abort());
  await choose(first.page);
  await shows(first.page, "Uploaded.");
  await first.page.close();
  const again = await open(own.link, { context: first.context });
  await choose(again.page);
  await says(again.page, DONE);
  assert.deepEqual(again.seen.sent, []);
  await check(own);
  const other = await open(own.link, { context: first.context });
  await choose(other.page, { name: "other.bin" });
  await shows(other.page, "This upload has ended: the file has arrived, or the receiver has stopped the upload.");
});

await test("an upload that the receiver aborted is reported", async () => {
  const own = published();
  const { page, seen } = await open(own.link);
  const go = await hold(page, (number) => number > 2);
  await choose(page);
  await until(() => seen.sent.includes(5));
  const [, xml] = await query("GET", { uploads: "", prefix: own.prefix });
  const [key, id] = ["Key", "UploadId"].map((name) => xml.match(new RegExp(`<${name}>(.*?)</${name}>`))[1]);
  const aborted = await fetch(run("presign", "delete", `s3://${BUCKET}/${key}`, "--query", `uploadId=${id}`), { method: "DELETE" });
  assert.equal(aborted.status, 204);
  go();
  await shows(page, "This upload has ended: the file has arrived, or the receiver has stopped the upload.");
  await shot(page, "ended");
});

await test("the browser asks before the tab closes, until the receipt is stored", async () => {
  const own = published();
  const { page } = await open(own.link);
  const go = await hold(page, (number) => number > 1);
  await choose(page);
  await shows(page, "Sending…");
  await page.click("h1"); // browsers ask only on pages that the user has touched
  const [dialog] = await Promise.all([page.waitForEvent("dialog"), page.close({ runBeforeUnload: true })]);
  assert.equal(dialog.type(), "beforeunload");
  await dialog.dismiss();
  go();
  await says(page, DONE);
});

await test("the page has expired: no part is sent", async () => {
  const own = published("--expires-in", "4s");
  const { page, seen } = await open(own.link);
  await says(page, "This page has expired.");
  await choose(page);
  assert.deepEqual(seen.sent, []);
});

for (const colorScheme of ["light", "dark"]) {
  await test(`accessible and 320 px wide in ${colorScheme}`, async () => {
    const own = published();
    const { page, seen } = await open(own.link, { ...devices["Galaxy S5"], viewport: { width: 320, height: 800 }, colorScheme, bypassCSP: true });
    await hold(page, (number) => number > 2);
    await choose(page, { name: "a-file-with-a-rather-long-name-that-has-no-place-to-break-in-it.bin" });
    await until(() => seen.sent.includes(5));
    const [inner, scroll] = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
    assert.ok(scroll <= inner, `${scroll} > ${inner}`);
    await page.evaluate(axe);
    const found = (await page.evaluate(() => globalThis.axe.run())).violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
    assert.deepEqual(found, []);
    await shot(page, `narrow-${colorScheme}`);
  });
}

const file_page = (name, ...more) => {
  const file = `${DIR}/${name}.html`;
  writeFileSync(file, run("presign", "multipart", `s3://${BUCKET}/direct/${name}.bin`, "--size", String(SIZE), "--part-size", "5MiB", ...more, "-o", "html"));
  return `file://${file}`;
};

await test("the page in a file without a CORS rule names the reason", async () => {
  const { page, problems } = await open(file_page("without-cors"));
  await choose(page);
  await shows(page, "If the connection works, the server does not allow this page (CORS): report this to the sender of the page.");
  assert.deepEqual(problems, []);
});

await test("the page in a file with a CORS rule: resume, a wrong size, and a receipt to save", async () => {
  const rules = "<CORSConfiguration><CORSRule><AllowedOrigin>null</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedMethod>HEAD</AllowedMethod><AllowedMethod>PUT</AllowedMethod><AllowedMethod>POST</AllowedMethod><AllowedHeader>*</AllowedHeader><ExposeHeader>ETag</ExposeHeader></CORSRule></CORSConfiguration>";
  const md5 = createHash("md5").update(rules).digest("base64");
  const [status, answer] = await query("PUT", { cors: "" }, rules, { "Content-MD5": md5 });
  assert.ok([200, 204].includes(status), answer);
  const link = file_page("direct");
  const { page, context } = await open(link);
  assert.match(await page.textContent("#rules"), /This page is for a file with exactly 20 MiB \(20975841 bytes\)\./);
  await choose(page, { size: SIZE - 1 });
  await shows(page, `This file has ${SIZE - 1} bytes, but this page is for a file with ${SIZE} bytes.`);
  await cut(page, (number) => number > 2);
  await choose(page);
  await until(async () => (await page.locator("#list li").nth(1).locator("progress").getAttribute("value")) > 0.49);
  await page.close();
  const again = await open(link, { context });
  await choose(again.page);
  await says(again.page, "Done: the file arrived. Save the receipt, and send it to the receiver.");
  onlyMissing(again.seen, 3);
  const bytes = await stored("direct/direct.bin");
  assert.ok(bytes.equals(content(1)));
  const [download] = await Promise.all([again.page.waitForEvent("download"), again.page.click("#receiptSave")]);
  const receipt = JSON.parse(readFileSync(await download.path(), "utf8"));
  assert.equal(receipt.files[0].sha256, hex(bytes));
  assert.deepEqual(again.problems, []);
});

await browser.close();
console.log(`${SERVER}: ${passed} tests of the pages that send a file in parts passed`);
