// The receipt of a delivery: it is uploaded after the files, and shown to save or print.
let receiptsInWork = 0;
const shown = byId("receipt");
let latest = "";

const showReceipt = (receipt, kind, words) => {
  latest = JSON.stringify(receipt, null, 2) + "\n";
  shown.hidden = false;
  byId("receiptWords").className = kind;
  byId("receiptWords").textContent = words;
  byId("receiptTime").textContent = say("receiptTime", { time: new Date(receipt.finished_at).toLocaleString() });
  byId("receiptFiles").replaceChildren(...receipt.files.map((file) => {
    const [line, name, hex] = ["li", "strong", "div"].map((tag) => document.createElement(tag));
    name.textContent = file.name;
    hex.className = "soft";
    hex.textContent = "SHA-256: " + file.sha256;
    line.append(name, document.createTextNode(" (" + size(file.size) + ")"), hex);
    return line;
  }));
};

const store = async (one) => {
  one.changed = false;
  receiptsInWork += 1;
  const jobsOfIt = one.jobs.filter((job) => job.stored);
  status.className = "";
  status.textContent = text.receiptSending;
  const files = (await Promise.all(jobsOfIt.map(async (job) => entryOf(job, await job.digest, ...job.stored)))).filter((file) => file.sha256 !== "");
  const receipt = { schema_version: 1, files, finished_at: new Date(serverNow()).toISOString() };
  const body = new Blob([JSON.stringify(receipt)], { type: "application/json" });
  const lacksDigest = files.length < jobsOfIt.length;
  const [kind, words] = lacksDigest ? ["bad", text.receiptDigest] : await storeReceipt(one.folder + RECEIPT, body);
  receiptsInWork -= 1;
  one.failed = kind !== "good";
  byId("receiptAgain").hidden = !one.failed || lacksDigest;
  const arrived = !config.receiptFields ? text.receiptShown : files.length === 1 ? text.receiptOne : say("receiptMany", { n: files.length });
  showReceipt(receipt, kind, one.failed ? say("receiptFailed", { reason: words }) : arrived);
  status.className = kind;
  status.textContent = byId("receiptWords").textContent;
};

// When no file waits any more, each delivery that has new files gets its receipt.
const deliveries = () => [...new Set(jobs.map((job) => job.delivery).filter(Boolean))];
const idle = () => {
  if (jobs.some(isOpen) || jobs.some(isWaitingForNetwork)) { return; }
  for (const one of deliveries()) {
    one.closed = true;
    if (one.changed) { store(one); }
  }
};
byId("receiptAgain").addEventListener("click", () => { for (const one of deliveries().filter((found) => found.failed)) { store(one); } });
byId("receiptPrint").addEventListener("click", () => print());
byId("receiptSave").addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([latest], { type: "application/json" }));
  link.download = RECEIPT;
  link.click();
});
const hasOtherWork = () => receiptsInWork > 0 || jobs.some(isWaitingForNetwork);
