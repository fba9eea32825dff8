// Tests of the page that `request` publishes, as a customer sees it: opened with the link, on the server that
// the environment names. run.sh runs this file.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { devices } from "playwright-core";
import { ask, BUCKET, button, end, hold, keys, onUpload, open, request, run, says, shot, shows, stored, test, upload } from "./harness.mjs";

const hex = (content) => createHash("sha256").update(content).digest("hex");
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
  await onUpload(page, async (route) => { await new Promise((resolve) => setTimeout(resolve, 300)); await route.continue(); });
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

await test("a name with ${filename}, which S3 would replace, does not meet the name of a second file", async () => {
  const own = request();
  const { page } = await open(own.link);
  await page.setInputFiles("#picker", [upload("a${filename}b.pdf", "1"), upload("afileb.pdf", "2")]);
  await says(page, "Done: 2 files arrived");
  const names = (await keys(own.prefix)).map((key) => key.slice(key.lastIndexOf("/") + 1)).sort();
  assert.deepEqual(names, ["a$_filename}b.pdf", "afileb.pdf", "receipt.json"]);
});

await test("refused by the server: the page shows the server's message, and no receipt", async () => {
  const own = request("--size-range", "1..20");
  const lax = async (page) => page.route(own.link, async (route) => {
    const { status, headers, body } = await ask(own.link);
    await route.fulfill({ status, headers, body: body.toString().replace('"maxSize":20', '"maxSize":2000') });
  });
  const { page } = await open(own.link, {}, lax);
  await page.setInputFiles("#picker", upload("large.txt", "x".repeat(200)));
  await shows(page, 0, "Too large for the server.");
  assert.ok(!(await page.locator("#receipt").isVisible()));
  await onUpload(page, (route) => route.fulfill({ status: 403, contentType: "application/xml", body: "<Error><Code>AccessDenied</Code><Message>An &lt;b&gt;explicit&lt;/b&gt; deny</Message></Error>" }));
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
  const head = await ask(run("presign", "head", `s3://${BUCKET}/${(await keys(own.prefix)).find((key) => key.endsWith("ok.pdf"))}`), { method: "HEAD" });
  assert.equal(head.headers["content-type"], "application/pdf");
  assert.deepEqual(problems, []);
});

await test("expired: the clock of the server decides, even if the clock of the computer is wrong", async () => {
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
  await onUpload(page, (route) => (refused && (route.request().postData() || "").includes("receipt.json") ? route.fulfill({ status: 503, body: "" }) : route.continue()));
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

await end();
