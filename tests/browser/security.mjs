// Tests what a customer, a person who found the link, and an uploaded file can do to the page that `request`
// publishes, to the bucket and to the browser. run.sh runs this file.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { ask, BUCKET, end, keys, open, request, run, runWithInput, says, test, upload } from "./harness.mjs";

const evil = "</script><script>globalThis.hacked = 1</script><img src=x onerror=\"globalThis.hacked = 1\">'{{fields}}";
const usual = request();

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

await test("in a frame of another site, the page uploads nothing and says why", async () => {
  const { page } = await open("about:blank");
  await page.setContent(`<iframe src="${usual.link.replaceAll("&", "&amp;")}"></iframe>`);
  const frame = page.frameLocator("iframe");
  await frame.getByText("Another web site shows this page inside its own page").waitFor();
  assert.ok(!(await frame.locator("#app").isVisible()));
});

await test("the page stores nothing in the browser, and no request names the page that sent it", async () => {
  const referrers = [];
  const { page, context } = await open(usual.link, {}, (fresh) => fresh.on("request", async (sent) => referrers.push((await sent.allHeaders()).referer)));
  await page.setInputFiles("#picker", upload("one.txt", "x"));
  await says(page, "Done: 1 file arrived");
  assert.ok(referrers.length >= 3);
  assert.deepEqual(new Set(referrers), new Set([undefined]));
  const stored = await page.evaluate(async () => [localStorage.length, sessionStorage.length, (await caches.keys()).length, (await indexedDB.databases()).length, (await navigator.serviceWorker.getRegistrations()).length]);
  assert.deepEqual(stored, [0, 0, 0, 0, 0]);
  assert.deepEqual(await context.cookies(), []);
});

await test("a name with a direction mark does not reorder the text beside it", async () => {
  const { page } = await open(usual.link);
  await page.setInputFiles("#picker", upload("a\u202egpj.exe", "x"));
  await says(page, "Done: 1 file arrived");
  for (const name of [page.locator("#list strong"), page.locator("#receiptFiles strong")]) {
    assert.equal(await name.evaluate((found) => getComputedStyle(found).unicodeBidi), "isolate");
  }
});

// A form as a person who has the link can change it: another key, other values, and more fields before the file.
const attack = (form, key, more) => {
  const body = new FormData();
  const changed = { key, ...more };
  for (const [name, value] of form) { body.append(name, changed[name] ?? value); }
  for (const [name, value] of Object.entries(more).filter(([added]) => !form.some(([name]) => name === added))) { body.append(name, value); }
  body.append("file", new Blob(["x"]), "file");
  return body;
};

await test("a person with the link stores nothing outside the folder, and no other content type", async () => {
  const own = request("--content-type", "image/png", "--content-type", "application/pdf");
  const plain = request();
  const config = async (link) => JSON.parse((await ask(link)).body.toString().match(/id="config">(.*?)<\/script>/s)[1]);
  const [typed, untyped] = [await config(own.link), await config(plain.link)];
  assert.equal(typed.forms.length, 2);
  for (const [name, { url, folder, forms: [form], receiptFields }, key, more, which] of [
    ["a key outside", untyped, "out/x", {}],
    ["the key of a page", untyped, plain.page_key, {}],
    ["a receipt outside", untyped, "out/receipt.json", {}, "receipt"],
    ["HTML", untyped, null, { "Content-Type": "text/html" }],
    ["HTML instead of an image", typed, null, { "Content-Type": "text/html" }],
    ["HTML as a receipt", untyped, null, { "Content-Type": "text/html" }, "receipt"],
    ["an ACL", untyped, null, { acl: "public-read" }],
    ["a redirection", untyped, null, { success_action_redirect: "https://example.com/" }],
  ]) {
    const changed = attack(which === "receipt" ? receiptFields : form, key ?? folder + "d/x", more);
    const answer = await ask(url, { method: "POST", form: changed });
    assert.equal(answer.status, 403, name);
  }
  assert.deepEqual(await keys(own.prefix), []);
  assert.deepEqual(await keys(plain.prefix), []);
  assert.deepEqual(await keys("out/"), []);
});

await test("an uploaded HTML file is not shown by a browser: neither by its link nor by the page of downloads", async () => {
  const script = "<!DOCTYPE html><title>shown</title><script>document.title = 'ran'</script>";
  for (const types of [[], ["--content-type", "text/*"]]) {
    const own = request(...types);
    const { page } = await open(own.link);
    await page.setInputFiles("#picker", upload("evil.html", script, "text/html"));
    await says(page, "Done: 1 file arrived");
    const key = (await keys(own.prefix)).find((found) => found.endsWith("evil.html"));
    const downloads = runWithInput(key + "\n", "presign", "get", `s3://${BUCKET}/`, "--keys-from", "-", "-o", "html");
    const links = [["the page of downloads", downloads.match(/href="(https[^"]*)"/)[1].replaceAll("&amp;", "&")]];
    if (types.length === 0) { links.push(["a plain link", run("presign", "get", `s3://${BUCKET}/${key}`)]); }
    for (const [name, link] of links) {
      const { page: shown } = await open("about:blank");
      const [download] = await Promise.all([shown.waitForEvent("download"), shown.goto(link).catch(() => {})]);
      assert.equal(readFileSync(await download.path(), "utf8"), script, name);
      assert.notEqual(await shown.title(), "ran", name);
    }
  }
});

await end();
