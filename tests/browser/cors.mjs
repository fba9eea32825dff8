// The page of `presign post -o html` on a web server: a browser shows it S3's answers only if the bucket's CORS
// rule, which `bootstrap --cors-origin` writes, admits its origin. upload.mjs calls this function.
export const cors = async ({ assert, open, test, words, upload, run, stored, page_for, port }) => {
  const bucket = "cors-page";
  const admitted = `http://127.0.0.1:${port}`;
  const other = `http://localhost:${port}`;
  run("bootstrap", bucket, "--no-presign", "--cors-origin", admitted);
  page_for("cors", `s3://${bucket}`, "--key-prefix", "in/");
  // The texts of the progress of the first file, as the page shows them.
  const watch = (page) => page.evaluate(() => {
    globalThis.progress = [];
    new MutationObserver(() => {
      const shown = document.querySelector("#list li span");
      if (shown && shown.textContent) { globalThis.progress.push(shown.textContent); }
    }).observe(document.querySelector("#list"), { subtree: true, childList: true, characterData: true });
  });

  await test("on the origin that --cors-origin admits: the page shows progress, and reports the upload", async () => {
    const { page, problems } = await open(`${admitted}/cors`);
    await watch(page);
    await page.setInputFiles("#picker", upload("a.bin", "a".repeat(5_000_000), "application/octet-stream"));
    await words(page, 0).filter({ hasText: "Uploaded." }).waitFor();
    const progress = await page.evaluate(() => globalThis.progress);
    assert.ok(progress.some((shown) => /\d+ ?%/.test(shown)), JSON.stringify(progress));
    assert.equal((await stored("in/a.bin", bucket)).length, 5_000_000);
    assert.deepEqual(problems, []);
  });

  await test("on another origin: the file arrives, and the page reports that it cannot confirm it", async () => {
    const { page } = await open(`${other}/cors`);
    await page.setInputFiles("#picker", upload("b.txt", "b"));
    await words(page, 0).filter({ hasText: "Not confirmed." }).waitFor();
    assert.doesNotMatch(await page.textContent("#list"), /\bUploaded\b/);
    assert.equal(await stored("in/b.txt", bucket), "b");
  });
};
