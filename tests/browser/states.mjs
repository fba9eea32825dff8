// Tests every state of the upload page with a server that answers, refuses, stalls or disconnects on demand.
import { createServer } from "node:http";
import { mkdirSync, writeFileSync } from "node:fs";

const error = (code, message) => `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
const done = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse><Key>k</Key></PostResponse>";

// Starts a server whose `answer` a test can change. `forms` contains the bodies that the server has read.
const startServer = async (host) => {
  const server = { cors: true, forms: [], answer: [201, done] };
  const http = createServer((request, response) => {
    if (server.cors) {
      response.setHeader("access-control-allow-origin", "*");
      response.setHeader("access-control-allow-headers", "*");
    }
    if (request.method === "OPTIONS") { response.writeHead(server.cors ? 200 : 403).end(); return; }
    if (server.answer === "stall") {
      request.once("data", () => request.pause());
      request.once("end", () => response.writeHead(201, { "content-type": "application/xml" }).end(done));
      server.resume = () => request.resume();
      return;
    }
    if (server.answer === "cut") { request.once("data", () => request.socket.destroy()); return; }
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      server.forms.push(Buffer.concat(parts).toString());
      if (server.answer === "silent") { return; }
      if (server.answer === "hang up") { request.socket.destroy(); return; }
      const [status, body] = server.answer;
      response.writeHead(status, { "content-type": "application/xml" }).end(body);
    });
  }).listen(0, host);
  await new Promise((ready) => http.once("listening", ready));
  server.port = http.address().port;
  server.close = () => { http.closeAllConnections(); http.close(); };
  return server;
};

export const states = async ({ assert, open, test, words, upload, run, DIR, SHOTS, axe }) => {
  const server = await startServer("127.0.0.1");
  const here = `http://127.0.0.1:${server.port}`;
  const made = (name, ...args) => {
    const endpoint = args.includes("--endpoint") ? [] : ["--endpoint", here];
    writeFileSync(`${DIR}/${name}.html`, run("presign", "post", ...endpoint, ...args, "-o", "html"));
    return `file://${DIR}/${name}.html`;
  };
  const plain = made("states", "s3://drop-box", "--key-prefix", "in/");
  const shows = (page, at, text) => words(page, at).filter({ hasText: text }).waitFor({ timeout: 10_000 });
  const button = (page, at, name) => page.locator("#list li").nth(at).getByText(name, { exact: true });
  const shot = (page, name) => page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
  const large = (name) => upload(name, "x".repeat(8_000_000));
  const serve = (answer, cors = true) => { [server.answer, server.cors] = [answer, cors]; server.forms.length = 0; };

  await test("a file waits, is sent, is cancelled, and is uploaded by another attempt", async () => {
    serve("stall");
    const { page, problems } = await open(plain);
    await page.setInputFiles("#picker", [large("first.bin"), large("second.bin")]);
    await shows(page, 0, "Sending…");
    await shows(page, 1, "Waiting.");
    await page.waitForTimeout(300);
    await shot(page, "sending-and-waiting");
    await button(page, 1, "Cancel").click();
    await shows(page, 1, "Cancelled.");
    serve([201, done]);
    await button(page, 0, "Cancel").focus();
    await page.keyboard.press("Enter");
    await shows(page, 0, "Cancelled.");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Try again", "the keyboard lost its place");
    await shot(page, "cancelled");
    await page.keyboard.press("Enter");
    await shows(page, 0, "Uploaded.");
    await shows(page, 1, "Cancelled.");
    await button(page, 1, "Try again").click();
    await shows(page, 1, "Uploaded.");
    assert.equal(server.forms.length, 2);
    await shot(page, "tried-again");
    assert.deepEqual(problems, []);
  });

  for (const cors of [true, false]) {
    await test(`a connection that stalls is noticed, ${cors ? "with" : "without"} progress, and can be tried again`, async () => {
      serve("stall", cors);
      const { page } = await open(plain);
      await page.clock.install();
      await page.reload();
      await page.setInputFiles("#picker", large("stalled.bin"));
      await shows(page, 0, cors ? "Sending…" : "This page cannot see the progress.");
      await page.waitForTimeout(500);
      await page.clock.runFor(31_000);
      await shows(page, 0, cors ? "No progress for 30 seconds. The connection may be broken" : "No answer for 30 seconds.");
      await shot(page, cors ? "stalled" : "stalled-without-cors");
      await page.clock.runFor(150_000);
      await shows(page, 0, "3 minutes");
      serve([201, done], cors);
      await button(page, 0, "Try again").click();
      await shows(page, 0, cors ? "Uploaded." : "Not confirmed.");
    });
  }

  await test("a stalled upload that continues is completed, and a server that never answers is noticed", async () => {
    serve("stall");
    const { page } = await open(plain);
    await page.clock.install();
    await page.reload();
    await page.setInputFiles("#picker", large("continues.bin"));
    await shows(page, 0, "Sending…");
    await page.waitForTimeout(500);
    await page.clock.runFor(31_000);
    await shows(page, 0, "No progress for 30 seconds.");
    server.resume();
    await shows(page, 0, "Uploaded.");
    assert.ok(!(await button(page, 0, "Try again").isVisible()));
    serve("silent");
    await page.setInputFiles("#picker", upload("silent.bin", "x"));
    await shows(page, 1, "The whole file was transmitted. The server has not answered yet.");
    await page.clock.runFor(31_000);
    await shows(page, 1, "No progress for 30 seconds.");
    await button(page, 1, "Cancel").click();
    await shows(page, 1, "Cancelled. The server may have stored the file already.");
  });

  await test("reports a connection that ends before, during or after the upload", async () => {
    const { page } = await open(plain);
    serve("cut");
    await page.setInputFiles("#picker", large("cut.bin"));
    await button(page, 0, "Try again").waitFor();
    assert.match(await words(page, 0).textContent(), /^Not uploaded: the connection was interrupted\./);
    serve("hang up");
    await page.setInputFiles("#picker", upload("hang-up.bin", "x"));
    await button(page, 1, "Try again").waitFor();
    assert.match(await words(page, 1).textContent(), /^Not confirmed\. The connection ended before the server answered\./);
    await shot(page, "interrupted");
    const closed = await startServer("127.0.0.1");
    closed.close();
    const { page: gone } = await open(made("gone", "s3://drop-box/k", "--endpoint", `http://127.0.0.1:${closed.port}`));
    await gone.setInputFiles("#picker", upload("gone.bin", "x"));
    await shows(gone, 0, "The connection failed before the server answered.");
  });

  await test("each refusal is explained in words, and only a transient one offers another attempt", async () => {
    const { page } = await open(plain);
    const cases = [
      [501, error("NotImplemented", "POST Object is not implemented"), "This server does not support uploads from a page.", false],
      [405, "", "This server does not support uploads from a page.", false],
      [503, error("SlowDown", "Reduce your request rate."), "the server is busy or has a fault (SlowDown). Try again.", true],
      [502, "<html>Bad gateway</html>", "the server is busy or has a fault (502). Try again.", true],
      [413, "<html>", "Too large for the server.", false],
      [400, error("EntityTooSmall", "Your proposed upload is smaller"), "Too small for the server.", false],
      [403, error("AccessDenied", "Invalid according to Policy: Policy Condition failed: [\"starts-with\", \"$Content-Type\", \"image/\"]"), "The server does not accept this kind of file.", false],
      [403, error("AccessDenied", "Access Denied"), "The server refused the file. Report this answer to the sender of the page: AccessDenied. Access Denied", false],
      [404, "", "Report this answer to the sender of the page: status 404", false],
      [200, "<html>Log in to the network</html>", "Not confirmed. The answer of the server is not one of S3's.", false],
      [204, "", "Uploaded.", false],
    ];
    for (const [at, [status, body, said, repeat]] of cases.entries()) {
      serve([status, body]);
      await page.setInputFiles("#picker", upload(`case-${at}.txt`, "x"));
      await shows(page, at, said);
      assert.equal(await button(page, at, "Try again").isVisible(), repeat, `${status} ${said}`);
    }
    await shot(page, "refused");
    serve([403, error("AccessDenied", "Invalid according to Policy: Policy expired.")]);
    await page.setInputFiles("#picker", upload("late.txt", "x"));
    await shows(page, cases.length, "Too late: this page has expired.");
    assert.ok(await page.isDisabled("#picker"));
  });

  await test("a server without POST Object and without CORS is not reported as a success", async () => {
    serve([501, error("NotImplemented", "x")], false);
    const { page } = await open(plain);
    await page.setInputFiles("#picker", upload("r2.txt", "x"));
    await shows(page, 0, "Not confirmed.");
    await shot(page, "not-confirmed");
  });

  await test("reports a dropped folder as a folder, and reports that dropped text or a dropped link is no file", async () => {
    serve([201, done]);
    const { page, context } = await open(plain);
    mkdirSync(`${DIR}/a folder/inside`, { recursive: true });
    writeFileSync(`${DIR}/file.txt`, "a file");
    const session = await context.newCDPSession(page);
    const dragged = async (data, x = 640, y = 300) => {
      for (const type of ["dragEnter", "dragOver", "drop"]) {
        await session.send("Input.dispatchDragEvent", { type, x, y, data: { items: [], dragOperationsMask: 1, ...data } });
      }
    };
    await dragged({ files: [`${DIR}/a folder`, `${DIR}/file.txt`] });
    await shows(page, 0, "This is a folder: choose its files.");
    await shows(page, 1, "Uploaded.");
    // The test drops a file outside of the frame. Without the script, the browser would leave the
    // page to show the file.
    await dragged({ files: [`${DIR}/file.txt`] }, 20, 20);
    await shows(page, 2, "Uploaded.");
    await dragged({ items: [{ mimeType: "text/plain", data: "some text" }] });
    await page.locator("#status").filter({ hasText: "The dropped content is not a file." }).waitFor();
    await shot(page, "folder");
  });

  await test("a file that was changed after it was chosen is not sent", async () => {
    serve("stall");
    const { page } = await open(plain);
    writeFileSync(`${DIR}/changing.txt`, "before");
    await page.setInputFiles("#picker", [large("first.bin")]);
    await page.setInputFiles("#picker", `${DIR}/changing.txt`);
    await shows(page, 1, "Waiting.");
    writeFileSync(`${DIR}/changing.txt`, "after, and longer");
    serve([201, done]);
    await button(page, 0, "Cancel").click();
    await shows(page, 1, "This file cannot be read.");
  });

  await test("an empty file is accepted only if the limits allow it", async () => {
    serve([201, done]);
    const { page } = await open(plain);
    await page.setInputFiles("#picker", upload("empty.txt", ""));
    await shows(page, 0, "Uploaded.");
    const { page: strict } = await open(made("strict", "s3://drop-box", "--key-prefix", "in/", "--size-range", "1..10", "--content-type", "application/pdf"));
    await strict.setInputFiles("#picker", [upload("empty.pdf", "", "application/pdf"), upload("offer.docx", "x", ""), upload("large.pdf", "x".repeat(11), "application/pdf")]);
    await shows(strict, 0, "This file is empty.");
    await shows(strict, 1, "Only PDF files are accepted. This looks like a Word document.");
    await shows(strict, 2, "Too large: the file has 11 bytes, and the largest accepted size is 10 bytes.");
    await shot(strict, "empty-and-other-kind");
  });

  // Each case contains the accepted type, the name and the type of the file, and the type in the form or the text of the refusal.
  const kinds = [
    ["application/zip", "a.zip", "application/x-zip-compressed", "application/zip"],
    ["application/zip", "a.zip", "", "application/zip"],
    ["application/zip", "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/zip"],
    ["application/zip", "a.pdf", "application/pdf", "Only ZIP archives are accepted. This looks like a PDF file."],
    ["text/csv", "a.csv", "application/vnd.ms-excel", "text/csv"],
    ["text/csv", "a.txt", "text/plain", "text/csv"],
    ["text/csv", "a.xlsx", "", "Only CSV files are accepted. This looks like an Excel workbook."],
    ["text/csv; charset=utf-8", "a.csv", "text/csv", "text/csv; charset=utf-8"],
    ["text/plain", "a.log", "", "text/plain"],
    ["text/plain", "a.json", "application/json", "text/plain"],
    ["text/plain", "a.ts", "video/vnd.dlna.mpeg-tts", "text/plain"],
    ["image/*", "a.HEIC", "", "image/heic"],
    ["image/*", "a.jpg", "image/jpeg", "image/jpeg"],
    ["image/*", "a.psd", "application/x-photoshop", "image/vnd.adobe.photoshop"],
    ["image/*", "scan", "", "image/"],
    ["image/*", "a.mov", "video/quicktime", "Only images are accepted. This looks like a QuickTime video."],
    ["image/jpeg", "a.heic", "image/heic", "Only JPEG images are accepted. This looks like a HEIC image."],
    ["Image/JPEG", "a.jpeg", "image/jpeg", "Image/JPEG"],
    ["text/*", "a.json", "application/json", "text/json"],
    ["audio/*", "a.m4a", "audio/x-m4a", "audio/x-m4a"],
    ["audio/*", "a.ogg", "video/ogg", "audio/ogg"],
    ["application/vnd.example+json", "a.json", "application/json", "application/vnd.example+json"],
    ["application/x-own", "a.own", "", "application/x-own"],
    ["audio/x-own", "a.png", "image/png", "Only files of the type audio/x-own are accepted. This looks like a PNG image."],
    ["application/octet-stream", "a.pdf", "application/pdf", "application/octet-stream"],
    ["application/pdf", "report.pdf", "application/x-download", "application/pdf"],
    ["application/pdf", "no extension", "", "application/pdf"],
  ];
  await test(`the type of a file: ${kinds.length} cases`, async () => {
    serve([201, done]);
    for (const [accepted, name, type, outcome] of kinds) {
      const { page, context } = await open(made("kind", "s3://drop-box", "--key-prefix", "in/", "--content-type", accepted));
      server.forms.length = 0;
      await page.evaluate(([name, type]) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(["x"], name, { type }));
        document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
      }, [name, type]);
      const why = `${accepted} with ${name} (${type})`;
      if (outcome.startsWith("Only")) {
        await shows(page, 0, outcome);
        assert.equal(server.forms.length, 0, why);
      } else {
        await page.locator("#list li [role=status]", { hasText: /Uploaded|accepted/ }).waitFor();
        assert.equal(await words(page, 0).textContent(), "Uploaded.", why);
        assert.equal(/name="Content-Type"\r\n\r\n(.*)\r\n/.exec(server.forms[0])[1], outcome, why);
      }
      await context.close();
    }
  });

  await test("the browser asks before it closes the tab during an upload, and only then", async () => {
    serve("stall");
    const { page } = await open(plain);
    const asked = [];
    page.on("dialog", (dialog) => { asked.push(dialog.type()); dialog.dismiss(); });
    await page.click("h1");
    await page.setInputFiles("#picker", large("a.bin"));
    await shows(page, 0, "Sending…");
    await page.close({ runBeforeUnload: true });
    await page.waitForTimeout(500);
    assert.deepEqual(asked, ["beforeunload"]);
    await button(page, 0, "Cancel").click();
    await shows(page, 0, "Cancelled.");
    await Promise.all([page.waitForEvent("close"), page.close({ runBeforeUnload: true })]);
    assert.equal(asked.length, 1);
  });

  await test("the plain form asks to wait, and the browser asks before it closes the tab during its upload", async () => {
    const { page } = await open(plain);
    const asked = [];
    page.on("dialog", (dialog) => { asked.push(dialog.type()); dialog.dismiss(); });
    await page.click("#plain summary");
    assert.match(await page.textContent("#plainWait"), /keep this page open and wait/);
    // The test sends only the event, because a click with Playwright would wait for the end of a real upload.
    await page.evaluate(() => document.querySelector("#plain form").dispatchEvent(new Event("submit", { bubbles: true })));
    assert.equal(await page.textContent("#plainWait"), "Sending. Keep this page open, and wait until the server's answer appears.");
    await shot(page, "plain-sending");
    await page.waitForTimeout(1200);
    await page.close({ runBeforeUnload: true });
    await page.waitForTimeout(500);
    assert.deepEqual(asked, ["beforeunload"]);
  });

  await test("uploads to hosts that a Content-Security-Policy cannot name: an IPv6 address, and a name with `_`", async () => {
    const six = await startServer("::1");
    for (const [target, url] of [[six, `http://[::1]:${six.port}`], [server, `http://my_server.localhost:${server.port}`]]) {
      for (const cors of [true, false]) {
        serve([201, done], cors);
        [six.cors, target.forms.length] = [cors, 0];
        const { page } = await open(made("host", "s3://drop-box/k", "--endpoint", url));
        await page.setInputFiles("#picker", upload("host.txt", "x"));
        await shows(page, 0, cors ? "Uploaded." : "Not confirmed.");
        assert.equal(target.forms.length, 1, url);
      }
      const { page } = await open(`file://${DIR}/host.html`, { javaScriptEnabled: false });
      await page.setInputFiles("#file", upload("host.txt", "x"));
      await page.click("#plain button");
      await page.getByText("PostResponse").first().waitFor();
    }
    six.close();
  });

  for (const colorScheme of ["light", "dark"]) {
    await test(`the states are accessible and fit 320 px in ${colorScheme}`, async () => {
      serve("stall");
      const { page } = await open(plain, { colorScheme, bypassCSP: true, viewport: { width: 320, height: 800 } });
      await page.setInputFiles("#picker", [large("a-file-with-a-rather-long-name-that-has-no-place-to-break-in-it.bin"), large("waiting.bin"), large("cancelled.bin")]);
      await shows(page, 0, "Sending…");
      await button(page, 2, "Cancel").click();
      await page.click("#plain summary");
      const [inner, scroll] = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
      assert.ok(scroll <= inner, `${scroll} > ${inner}`);
      await page.evaluate(axe);
      const found = async () => (await page.evaluate(() => globalThis.axe.run())).violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
      assert.deepEqual(await found(), []);
      await shot(page, `narrow-${colorScheme}`);
      serve([403, error("AccessDenied", "Invalid according to Policy: Policy expired.")]);
      await button(page, 0, "Cancel").click();
      await page.locator("#status").filter({ hasText: "This page has expired." }).waitFor();
      assert.deepEqual(await found(), []);
      await shot(page, `narrow-expired-${colorScheme}`);
    });
  }

  await test("draws the picture for docs/pictures: one file is uploaded, one is being sent, and one is refused", async () => {
    const { page } = await open(made("picture", "s3://drop-box", "--key-prefix", "in/", "--size-range", "1..104857600", "--content-type", "image/*", "--expires-in", "7d"), { viewport: { width: 700, height: 400 } });
    serve([201, done]);
    await page.setInputFiles("#picker", upload("house.jpg", "x".repeat(3_400_000), "image/jpeg"));
    await shows(page, 0, "Uploaded.");
    serve("stall");
    await page.setInputFiles("#picker", [large("garden.heic"), upload("offer.docx", "x".repeat(48_000), "")]);
    await shows(page, 1, "Sending…");
    await shows(page, 2, "Only images are accepted. This looks like a Word document.");
    await page.waitForTimeout(300);
    await shot(page, "upload-page");
  });
  server.close();
};
