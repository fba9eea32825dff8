// Tests every state of the page that `request` publishes: axe finds nothing, and a screen of 320 px is enough, in
// light and in dark colours. run.sh runs this file.
import assert from "node:assert/strict";
import { ask, axe, button, end, hold, onUpload, open, request, says, shot, shows, test, upload } from "./harness.mjs";

const usual = request("--title", "Documents for ACME", "--note", "Please send the scans of July.\nQuestions: files@example.com", "--size-range", "1..200");
const small = upload("ok.txt", "fine");
const long = upload("a-long-name-without-a-space-that-must-be-broken-somewhere-in-the-line.txt", "fine");
const error = (code, message) => `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
const answers = (page, status, body) => onUpload(page, (route) => route.fulfill({ status, contentType: "application/xml", body }));

// Each state: its name, and the steps that lead to it.
const STATES = {
  waiting: async () => {},
  sending: async (page) => {
    await hold(page);
    await page.setInputFiles("#picker", [small, long]);
    await shows(page, 0, "Sending…");
    await shows(page, 1, "Waiting.");
  },
  stalled: async (page) => {
    await hold(page);
    await page.setInputFiles("#picker", long);
    await shows(page, 0, "Sending…");
    await page.clock.fastForward(65_000);
    await shows(page, 0, "No progress for 60 seconds.");
  },
  cancelled: async (page) => {
    await hold(page);
    await page.setInputFiles("#picker", long);
    await button(page, 0, "Cancel").click();
    await shows(page, 0, "Cancelled.");
  },
  done: async (page) => {
    await page.setInputFiles("#picker", [small, long]);
    await says(page, "Done: 2 files arrived");
  },
  "not-sent": async (page) => {
    await page.setInputFiles("#picker", [upload("large.txt", "x".repeat(201)), upload("empty.txt", "")]);
    await shows(page, 0, "Too large");
    await shows(page, 1, "This file is empty.");
  },
  refused: async (page) => {
    await answers(page, 403, error("AccessDenied", "Access Denied by a policy with-a-long-name-without-a-space-in-it-0123456789"));
    await page.setInputFiles("#picker", small);
    await shows(page, 0, "The server refused the file.");
  },
  busy: async (page) => {
    await answers(page, 503, error("SlowDown", "Please reduce your request rate."));
    await page.setInputFiles("#picker", long);
    await shows(page, 0, "the server is busy");
  },
  "not-confirmed": async (page) => {
    await answers(page, 200, "");
    await page.setInputFiles("#picker", small);
    await shows(page, 0, "Not confirmed.");
  },
  "without-receipt": async (page) => {
    let files = 0;
    await onUpload(page, (route) => { files += 1; return files === 1 ? route.continue() : route.fulfill({ status: 503, contentType: "application/xml", body: error("SlowDown", "Slow down.") }); });
    await page.setInputFiles("#picker", small);
    await says(page, "the receipt could not be stored");
  },
  offline: async (page) => {
    await page.context().setOffline(true);
    await says(page, "Your computer is offline.");
    await page.setInputFiles("#picker", small);
    await shows(page, 0, "the connection was lost");
  },
};

// Fails if the page is wider than the screen, or axe finds a fault.
const inspect = async (page, name) => {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 320, `${name}: ${wide} px`);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    assert.deepEqual(violations.map((found) => [found.id, found.nodes.map((node) => node.html)]), [], `${name}, ${colorScheme}`);
    await shot(page, `${name}-${colorScheme}`);
  }
};
const NARROW = { bypassCSP: true, viewport: { width: 320, height: 800 } };

for (const [name, steps] of Object.entries(STATES)) {
  await test(`the state ${name} is accessible, and fits 320 px`, async () => {
    // Only the state that waits a minute needs a clock that the test can set.
    const { page } = await open(usual.link, NARROW, name === "stalled" ? (fresh) => fresh.clock.install() : undefined);
    await steps(page);
    await inspect(page, name);
  });
}

await test("the state expired is accessible, and fits 320 px", async () => {
  const { page } = await open(request("--expires-in", "3s").link, NARROW);
  await says(page, "This page has expired.");
  await inspect(page, "expired");
});

await test("without JavaScript the page says what to do, is accessible, and fits 320 px", async () => {
  const { page } = await open(usual.link, { ...NARROW, javaScriptEnabled: false });
  assert.ok(await page.getByText("This page needs JavaScript. Allow JavaScript in your browser and open the link again.").isVisible());
  assert.ok(!(await page.locator("#app").isVisible()));
  // Axe is a script, so it inspects the same page without the script of the page.
  const { page: bare } = await open(usual.link, NARROW, (fresh) => fresh.route(usual.link, async (route) => {
    const { status, headers, body } = await ask(usual.link);
    const html = body.toString();
    await route.fulfill({ status, headers, body: `${html.slice(0, html.lastIndexOf("<script>"))}</body></html>` });
  }));
  assert.ok(!(await bare.locator("#app").isVisible()));
  await inspect(bare, "no-javascript");
});

await end();
