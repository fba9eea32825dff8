// Tests of the page that `request` publishes, as a customer sees it: opened with the link, on the server that
// the environment names. run.sh runs this file.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium, devices } from "playwright-core";

const { BIN, SHOTS, BROWSER } = process.env;
const SERVER = process.env.SERVER || "sandbox";
const BUCKET = "request-page";
const onSandbox = SERVER === "sandbox";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"; // the sandbox has a new CA in each run

const run = (...args) => execFileSync(BIN, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
const request = (...args) => JSON.parse(run("request", `s3://${BUCKET}/in/`, ...args, "-o", "json"));
const query = async (method, parameters, body, headers = {}) => {
  const options = Object.entries(parameters).flatMap(([name, value]) => ["--query", `${name}=${value}`]);
  const signed = Object.entries(headers).flatMap(([name, value]) => ["--header", `${name}: ${value}`]);
  const answer = await fetch(run("presign", method.toLowerCase(), `s3://${BUCKET}/`, ...options, ...signed), { method, body, headers });
  return [answer.status, await answer.text()];
};
const decode = (xml) => xml.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&#34;", '"').replaceAll("&apos;", "'").replaceAll("&amp;", "&");
const keys = async (prefix) => {
  const [status, xml] = await query("GET", { "list-type": "2", prefix });
  assert.equal(status, 200, xml);
  return [...xml.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key]) => decode(key));
};
const stored = async (key) => Buffer.from(await (await fetch(run("presign", "get", `s3://${BUCKET}/${key}`))).arrayBuffer());
const upload = (name, content, mimeType = "text/plain") => ({ name, mimeType, buffer: Buffer.from(content) });
const hex = (content) => createHash("sha256").update(content).digest("hex");

run("bootstrap", BUCKET, "--no-presign", "--allow-unsupported", ...(process.env.BOOTSTRAP || "").split(" ").filter(Boolean));
const browser = await chromium.launch({
  executablePath: BROWSER,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
// `problems` are the errors of the script, and everything that the page's security policy blocked.
const open = async (link, options = {}, prepare = async () => {}) => {
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
const shows = (page, at, text) => words(page, at).filter({ hasText: text }).waitFor({ timeout: 20_000 });
const says = (page, text) => page.locator("#status").filter({ hasText: text }).waitFor({ timeout: 20_000 });
const button = (page, at, name) => page.locator("#list li").nth(at).getByText(name, { exact: true });
const shot = (page, name) => (onSandbox ? page.screenshot({ path: `${SHOTS}/request-${name}.png`, fullPage: true }) : undefined);
// Lets the test decide when an upload goes on.
const hold = async (page) => {
  let go;
  const gate = new Promise((resolve) => { go = resolve; });
  await page.route((url) => !url.search.includes("X-Amz-Signature"), async (route) => { await gate; await route.continue(); });
  return go;
};

let passed = 0;
const only = process.env.ONLY;
const test = async (name, body) => {
  if (only && !name.includes(only)) { return; }
  await body();
  for (const context of browser.contexts()) { await context.close(); }
  passed += 1;
  console.log(`ok ${passed} - ${SERVER}: ${name}`);
};

const evil = "</script><script>globalThis.hacked = 1</script><img src=x onerror=\"globalThis.hacked = 1\">'{{fields}}";
const usual = request("--title", "Documents for ACME", "--note", "Please send the scans of July.\nQuestions: files@example.com");
const expected = usual.prefix;

await test("several files arrive, and the receipt beside them agrees with what is stored", async () => {
  const { page, problems } = await open(usual.link);
  await shot(page, "waiting");
  assert.equal(await page.title(), "Documents for ACME");
  await page.setInputFiles("#picker", [upload("one.txt", "first"), upload("zwei é 𝄞.txt", "second"), upload("empty.txt", "")]);
  await says(page, "Done: 2 files arrived, and the receipt is stored beside them.");
  await shows(page, 0, "Uploaded.");
  await shows(page, 2, "This file is empty.");
  const found = await keys(expected);
  const folder = found[0].slice(0, found[0].lastIndexOf("/") + 1);
  assert.match(folder, new RegExp(`^${expected}\\d{8}T\\d{6}Z-[a-z2-7]{26}/$`));
  assert.deepEqual(found, ["one.txt", "receipt.json", "zwei é 𝄞.txt"].map((name) => folder + name));
  const bytes = await stored(folder + "receipt.json");
  const receipt = JSON.parse(bytes);
  assert.equal(receipt.schema_version, 1);
  assert.match(receipt.finished_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(receipt.files.map(({ name, key, size, sha256 }) => [name, key, size, sha256]), [["one.txt", folder + "one.txt", 5, hex("first")], ["zwei é 𝄞.txt", folder + "zwei é 𝄞.txt", 6, hex("second")]]);
  for (const file of receipt.files) { assert.match(file.etag, /^"?[0-9a-f]{32}"?$/); }
  assert.equal((await stored(folder + "zwei é 𝄞.txt")).toString(), "second");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#receiptSave")]);
  assert.equal(download.suggestedFilename(), "receipt.json");
  assert.deepEqual(JSON.parse(readFileSync(await download.path(), "utf8")), receipt);
  await page.evaluate(() => { globalThis.printed = 0; globalThis.print = () => { globalThis.printed += 1; }; });
  await page.click("#receiptPrint");
  assert.equal(await page.evaluate(() => globalThis.printed), 1);
  await shot(page, "done");
  assert.deepEqual(problems, []);
});

await test("60 MB show a progress bar with numbers, and arrive unchanged", async () => {
  const { page } = await open(usual.link);
  await page.route((url) => !url.search.includes("X-Amz-Signature"), async (route) => { await new Promise((resolve) => setTimeout(resolve, 300)); await route.continue(); });
  // The test's connection to the browser takes files up to 50 MB, so the page makes the rest.
  await page.evaluate(async () => {
    const part = "0123456789abcdef-".repeat(1_000_000);
    const transfer = new DataTransfer();
    transfer.items.add(new File([part, part, part, part.slice(0, 9_000_000)], "sixty.bin"));
    document.querySelector("#drop").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
  });
  const seen = page.locator("#list li span").filter({ hasText: /^\d+ % \(.* of 57 MiB\)$/ });
  await seen.waitFor();
  await shot(page, "sending");
  await says(page, "Done: 1 file arrived");
  const [key] = (await keys(expected)).filter((found) => found.endsWith("/sixty.bin"));
  const bytes = await stored(key);
  assert.ok(bytes.equals(Buffer.alloc(60_000_000, "0123456789abcdef-")));
  const receipt = JSON.parse(await stored(key.replace("sixty.bin", "receipt.json")));
  assert.equal(receipt.files[0].sha256, hex(bytes));
});

await test("the same name twice: two keys in one delivery, and another folder in the next delivery", async () => {
  const own = request();
  const { page } = await open(own.link);
  await page.setInputFiles("#picker", [upload("a.txt", "1"), upload("A.txt", "2"), upload("receipt.json", "3")]);
  await says(page, "Done: 3 files arrived");
  await page.setInputFiles("#picker", upload("a.txt", "4"));
  await says(page, "Done: 1 file arrived");
  const found = await keys(own.prefix);
  const folderOf = (key) => key.slice(0, key.lastIndexOf("/") + 1);
  const folders = [...new Set(found.map(folderOf))];
  const names = folders.map((folder) => found.filter((key) => folderOf(key) === folder).map((key) => key.slice(folder.length)).sort());
  assert.deepEqual(names.sort((a, b) => b.length - a.length), [["A (2).txt", "a.txt", "receipt (2).json", "receipt.json"], ["a.txt", "receipt.json"]]);
});

await test("refused by the server: the page shows the server's message, and no receipt", async () => {
  const own = request("--size-range", "1..20");
  const lax = async (page) => page.route(own.link, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: (await answer.text()).replace('"maxSize":20', '"maxSize":2000') });
  });
  const { page } = await open(own.link, {}, lax);
  await page.setInputFiles("#picker", upload("large.txt", "x".repeat(200)));
  await shows(page, 0, "Too large for the server.");
  assert.ok(!(await page.locator("#receipt").isVisible()));
  await page.route((url) => !url.search.includes("X-Amz-Signature"), (route) => route.fulfill({ status: 403, contentType: "application/xml", body: "<Error><Code>AccessDenied</Code><Message>An &lt;b&gt;explicit&lt;/b&gt; deny</Message></Error>" }));
  await page.setInputFiles("#picker", upload("denied.txt", "x"));
  await shows(page, 1, "The server refused the file. Report this answer to the sender of the page: AccessDenied. An <b>explicit</b> deny");
  await shot(page, "refused");
  assert.deepEqual(await keys(own.prefix), []);
});

await test("too large, too small, empty, another kind, and a folder are named before anything is sent", async () => {
  const own = request("--size-range", "2..20", "--content-type", "text/*", "--content-type", "application/pdf");
  const { page, problems } = await open(own.link);
  assert.match(await page.textContent("#rules"), /Only text files and PDF files are accepted\./);
  await page.setInputFiles("#picker", [upload("large.txt", "x".repeat(21)), upload("small.txt", "x"), upload("empty.txt", ""), upload("image.png", "png!", "image/png"), upload("ok.pdf", "%PDF", "application/pdf")]);
  for (const [at, said] of [[0, "Too large: the file has 21 bytes"], [1, "Too small: the file has 1 byte"], [2, "This file is empty."], [3, "Only text files and PDF files are accepted. This looks like a PNG image."], [4, "Uploaded."]]) { await shows(page, at, said); }
  await page.evaluate(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["x"], "folder"));
    Object.defineProperty(DataTransferItem.prototype, "webkitGetAsEntry", { value: () => ({ isDirectory: true }) });
    document.querySelector("#drop").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
  });
  await shows(page, 5, "This is a folder: choose its files.");
  const head = await fetch(run("presign", "head", `s3://${BUCKET}/${(await keys(own.prefix)).find((key) => key.endsWith("ok.pdf"))}`), { method: "HEAD" });
  assert.equal(head.headers.get("content-type"), "application/pdf");
  assert.deepEqual(problems, []);
});

await test("expired: the page says so by the server's clock, whatever the computer's clock shows", async () => {
  for (const hours of [-1, 0, 1]) {
    const own = request("--expires-in", "4s");
    const { page } = await open(own.link, {}, (fresh) => fresh.clock.install({ time: Date.now() + hours * 3_600_000 }));
    assert.ok(!(await page.isDisabled("#picker")), `${hours} h: expired too early`);
    await says(page, "This page has expired.");
    assert.ok(await page.isDisabled("#picker"));
    if (hours === 0) { await shot(page, "expired"); }
  }
});

await test("a computer whose clock is an hour off uploads, and the folder has the server's time", async () => {
  for (const hours of [-1, 1]) {
    const own = request("--expires-in", "30m");
    const { page } = await open(own.link, {}, (fresh) => fresh.clock.install({ time: Date.now() + hours * 3_600_000 }));
    await page.setInputFiles("#picker", upload("late.txt", "x"));
    await says(page, "Done: 1 file arrived");
    const [key] = await keys(own.prefix);
    const stamp = key.slice(own.prefix.length, own.prefix.length + 16);
    const time = Date.parse(stamp.replace(/(....)(..)(..)T(..)(..)(..)Z/, "$1-$2-$3T$4:$5:$6Z"));
    assert.ok(Math.abs(time - Date.now()) < 120_000, stamp);
  }
});

await test("offline and back: the upload continues by itself", async () => {
  const { page, context } = await open(usual.link);
  await context.setOffline(true);
  await says(page, "Your computer is offline.");
  await page.setInputFiles("#picker", [upload("first.txt", "x"), upload("second.txt", "y")]);
  await shows(page, 0, "the connection was lost. The upload starts again when the connection is back.");
  await shows(page, 1, "the connection was lost.");
  await shot(page, "offline");
  await context.setOffline(false);
  await says(page, "Done: 2 files arrived");
});

await test("cancel and try again, by keyboard", async () => {
  const { page } = await open(usual.link);
  const go = await hold(page);
  await page.setInputFiles("#picker", [upload("first.txt", "x"), upload("second.txt", "y")]);
  await shows(page, 0, "Sending…");
  await shows(page, 1, "Waiting.");
  await button(page, 1, "Cancel").focus();
  await page.keyboard.press("Enter");
  await shows(page, 1, "Cancelled.");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Try again", "the keyboard lost its place");
  go();
  await says(page, "Done: 1 file arrived");
  await button(page, 1, "Try again").focus();
  await page.keyboard.press("Enter");
  await says(page, "Done: 2 files arrived");
});

await test("the browser asks before the tab closes, until the receipt is stored", async () => {
  const { page } = await open(usual.link);
  const go = await hold(page);
  await page.setInputFiles("#picker", upload("first.txt", "x"));
  await shows(page, 0, "Sending…");
  await page.click("h1"); // browsers ask only on pages that the user has touched
  const [dialog] = await Promise.all([page.waitForEvent("dialog"), page.close({ runBeforeUnload: true })]);
  assert.equal(dialog.type(), "beforeunload");
  await dialog.dismiss();
  go();
  await says(page, "Done: 1 file arrived");
  await page.close({ runBeforeUnload: true });
  if (!page.isClosed()) { await page.waitForEvent("close"); }
});

await test("a receipt that cannot be stored is reported, and stored with another attempt", async () => {
  const { page } = await open(usual.link);
  let refused = true;
  await page.route((url) => !url.search.includes("X-Amz-Signature"), (route) => (refused && (route.request().postData() || "").includes("receipt.json") ? route.fulfill({ status: 503, body: "" }) : route.continue()));
  await page.setInputFiles("#picker", upload("one.txt", "x"));
  await says(page, "The files arrived, but the receipt could not be stored. Not uploaded: the server is busy or has a fault (503). Try again.");
  await shot(page, "receipt-missing");
  refused = false;
  await page.click("#receiptAgain");
  await says(page, "Done: 1 file arrived");
  assert.ok(!(await page.locator("#receiptAgain").isVisible()));
});

await test("a lost answer is not confirmed, and never reported as sent", async () => {
  const { page } = await open(usual.link);
  await page.evaluate(() => {
    const send = XMLHttpRequest.prototype.send;
    XMLHttpRequest.prototype.send = function (form) {
      this.upload.onload();
      this.onerror();
      XMLHttpRequest.prototype.send = send;
      return form;
    };
  });
  await page.setInputFiles("#picker", upload("one.txt", "x"));
  await shows(page, 0, "Not confirmed. The connection ended before the server answered.");
  assert.ok(!(await page.locator("#receipt").isVisible()));
  await button(page, 0, "Try again").click();
  await says(page, "Done: 1 file arrived");
});

await test("one expected file: its name is fixed, and the picker takes one file", async () => {
  const own = request("--key", "report.pdf");
  const { page } = await open(own.link);
  assert.equal(await page.getAttribute("#picker", "multiple"), null);
  await page.setInputFiles("#picker", upload("my own name.bin", "%PDF"));
  await says(page, "Done: 1 file arrived");
  const found = await keys(own.prefix);
  assert.deepEqual(found.map((key) => key.slice(key.lastIndexOf("/") + 1)), ["receipt.json", "report.pdf"]);
  assert.equal(JSON.parse(await stored(found[0])).files[0].name, "my own name.bin");
});

await test("markup in title, note and file name stays text", async () => {
  const own = request("--title", evil, "--note", evil);
  const { page, problems } = await open(own.link);
  assert.equal(await page.textContent("h1"), evil);
  assert.equal(await page.textContent(".note"), evil);
  const name = "<img src=x onerror=alert(1)>.txt";
  await page.setInputFiles("#picker", upload(name, "x"));
  await says(page, "Done: 1 file arrived");
  assert.equal(await page.locator("#receiptFiles strong").textContent(), name);
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  assert.deepEqual(problems, []);
});

await test("the security policy blocks scripts, styles and requests that are not the page's own", async () => {
  const { page, problems } = await open(usual.link);
  const blocked = await page.evaluate(async () => {
    const reported = [];
    document.addEventListener("securitypolicyviolation", (event) => reported.push(event.effectiveDirective));
    const script = document.createElement("script");
    script.textContent = "globalThis.hacked = 1";
    document.body.append(script);
    const style = document.createElement("style");
    style.textContent = "main { display: none }";
    document.head.append(style);
    const image = document.createElement("img");
    image.src = "https://example.com/pixel";
    document.body.append(image);
    const form = document.createElement("form");
    form.action = "https://example.com/";
    document.body.append(form);
    form.submit();
    await fetch("https://example.com/").catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 200));
    return [globalThis.hacked, reported.sort()];
  });
  assert.deepEqual(blocked, [undefined, ["connect-src", "form-action", "img-src", "script-src-elem", "style-src-elem"]]);
  assert.ok(problems.length > 0);
});

await test("without JavaScript the page says what is missing", async () => {
  const { page } = await open(usual.link, { javaScriptEnabled: false });
  assert.ok(await page.getByText("This page needs JavaScript.").isVisible());
  assert.ok(!(await page.locator("#app").isVisible()));
});

await test("by keyboard alone: Tab reaches the picker, its focus is visible, and a key opens it", async () => {
  const { page } = await open(usual.link);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "picker");
  assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector("label[for=picker]")).outlineStyle), "solid");
  let chooser = null;
  page.on("filechooser", (opened) => { chooser = opened; });
  for (let tries = 0; chooser === null && tries < 20; tries += 1) {
    await page.keyboard.press("Enter");
    await page.waitForTimeout(250);
  }
  assert.ok(chooser && chooser.isMultiple());
});

await test("on a phone: a tap opens the picker, and the page fits the screen", async () => {
  const { page } = await open(usual.link, devices["Pixel 7"]);
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.tap("label[for=picker]")]);
  await chooser.setFiles(upload("photo.jpg", "jpeg", "image/jpeg"));
  await says(page, "Done: 1 file arrived");
  const [inner, scroll] = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
  assert.ok(scroll <= inner, `${scroll} > ${inner}`);
  await shot(page, "phone");
});

for (const colorScheme of ["light", "dark"]) {
  await test(`accessible in ${colorScheme}, and 320 px are enough`, async () => {
    const own = request("--title", "Documents", "--size-range", "1..20");
    const { page } = await open(own.link, { colorScheme, bypassCSP: true, viewport: { width: 320, height: 800 } });
    await page.setInputFiles("#picker", [upload("ok.txt", "fine"), upload("a-long-name-without-a-space-that-must-be-broken-somewhere.txt", "fine"), upload("large.txt", "x".repeat(21))]);
    await says(page, "Done: 2 files arrived");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 320, `${wide} px`);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    assert.deepEqual(violations.map((found) => [found.id, found.nodes.map((node) => node.html)]), []);
    await shot(page, `narrow-${colorScheme}`);
  });
}

await test("the picture for docs/pictures: a delivery with its receipt", async () => {
  const { page } = await open(usual.link, { viewport: { width: 760, height: 600 }, deviceScaleFactor: 1 });
  await page.setInputFiles("#picker", [upload("scan-1.pdf", "%PDF-1", "application/pdf"), upload("scan-2.pdf", "%PDF-2", "application/pdf")]);
  await says(page, "Done: 2 files arrived");
  if (onSandbox) { await page.locator("main").screenshot({ path: `${SHOTS}/request-page.png` }); }
});

await browser.close();
console.log(`${passed} passed, 0 failed`);
