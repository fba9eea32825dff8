// Connects the upload in parts with the list of files.
const delivery = { folder: plan.key.slice(0, plan.key.lastIndexOf("/") + 1), jobs: [], closed: false, changed: false };
const begin = (job) => {
  if (job.folder || problemOf(job.file, false)) { return; }
  job.name = plainName(job.file);
  job.key = plan.key;
  job.delivery = delivery;
  delivery.jobs.push(job);
  job.digest = digestOf(job.file);
};
const isWaitingForNetwork = () => false;

// The attempt before this one, which keeps its lock until it has ended.
let before = Promise.resolve();
const transmit = async (file, job, isCurrent) => {
  await timeAsked;
  await before;
  if (!isCurrent()) { return ["", "", true]; }
  if (isOver()) { return ["bad", text.tooLate, false]; }
  // A late progress event must not hide that the computer is offline.
  const transfer = { open: new Set(), ended: null, pauses: 0, moved: (part) => { if (transfer.pauses === 0) { job.moved(part); } } };
  transfer.end = (result) => {
    transfer.ended = transfer.ended || new Ended(result);
    for (const request of [...transfer.open]) { request.abort(); }
  };
  transfer.pause = () => { transfer.pauses += 1; if (isCurrent()) { job.line.show("warn", text.partsOffline, { cancel: true }); } };
  transfer.proceed = () => { transfer.pauses -= 1; if (isCurrent()) { job.last = Date.now(); job.line.show("", text.sending, { cancel: true }); } };
  job.stop = () => transfer.end(["", "", true]);
  const work = async () => {
    try {
      const stored = await sendInParts(transfer, file, job);
      if (!isCurrent()) { return ["", "", true]; }
      job.stored = stored;
      delivery.changed = true;
      return ["good", text.uploaded, false];
    } catch (error) {
      return error instanceof Ended ? error.result : ["bad", String(error), true];
    }
  };
  const result = alone(work, ["warn", text.partsOtherTab, true]);
  before = result.catch(() => {});
  return result;
};

byId("noScript").hidden = true;
timeAsked.then(isOver);
addEventListener("offline", () => { status.className = "warn"; status.textContent = text.offlineNow; });
addEventListener("online", () => { if (!over) { status.textContent = ""; } });
