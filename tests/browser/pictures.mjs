// Draws the pictures of the generated pages for the documents. `make pictures` runs this file.
import { writeFileSync } from "node:fs";
import { BUCKET, end, keys, onUpload, open, request, run, runWithInput, says, shows, test, upload } from "./harness.mjs";

const { PICTURES, DIR } = process.env;
const SCREEN = { viewport: { width: 720, height: 400 }, deviceScaleFactor: 1, locale: "en-GB", timezoneId: "UTC" };
const picture = (page, name) => page.locator("main").screenshot({ path: `${PICTURES}/${name}.png` });
const link = request("--title", "Documents for ACME", "--note", "Please send the scans of July.\nQuestions: files@example.com", "--size-range", "1..100MB", "--expires-in", "3d").link;
const pdf = (name, size) => upload(name, `%PDF-1.7 ${"x".repeat(size)}`, "application/pdf");
const file = (name, html) => {
  writeFileSync(`${DIR}/${name}.html`, html);
  return `file://${DIR}/${name}.html`;
};

await test("request-waiting.png: the page before an upload", async () => {
  const { page } = await open(link, SCREEN);
  await picture(page, "request-waiting");
});

await test("request-page.png: a delivery with its receipt", async () => {
  const { page } = await open(link, SCREEN);
  await page.setInputFiles("#picker", [pdf("scan-1.pdf", 1_300_000), pdf("scan-2.pdf", 940_000)]);
  await says(page, "Done: 2 files arrived");
  await picture(page, "request-page");
});

await test("request-refused.png: a file that is too large, and one that the server refuses", async () => {
  const { page } = await open(link, SCREEN);
  await onUpload(page, (route) => route.fulfill({ status: 403, contentType: "application/xml", body: "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>" }));
  await page.evaluate(() => {
    const transfer = new DataTransfer();
    const large = new File(["x"], "film.mp4");
    Object.defineProperty(large, "size", { value: 300_000_000 });
    transfer.items.add(large);
    Object.defineProperty(DataTransferItem.prototype, "getAsFile", { value: () => large });
    document.querySelector("#drop").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
  });
  await shows(page, 0, "Too large");
  await page.setInputFiles("#picker", pdf("scan-1.pdf", 1_300_000));
  await shows(page, 1, "The server refused the file.");
  await picture(page, "request-refused");
});

await test("upload-page.png: the page of `presign post -o html`", async () => {
  const html = run("presign", "post", `s3://${BUCKET}`, "--key-prefix", "in/", "--size-range", "1..100MB", "--expires-in", "3d", "-o", "html");
  const { page } = await open(file("upload", html), SCREEN);
  await picture(page, "upload-page");
});

await test("downloads-page.png: the page of `presign get -o html`", async () => {
  const arrived = (await keys("in/")).filter((key) => key.endsWith(".pdf"));
  const { page } = await open(file("downloads", runWithInput(`${arrived.join("\n")}\n`, "presign", "get", `s3://${BUCKET}/`, "--keys-from", "-", "--expires-in", "3d", "-o", "html")), SCREEN);
  await picture(page, "downloads-page");
});

await end();
