// Sends one file in parts, with one presigned URL for each part. Parts that have arrived are not sent again,
// also after a reload of the page.
const plan = config.upload;
// How many parts are sent at the same time.
const PARALLEL = 4;
// How often a request is repeated that failed for a reason that may pass.
const ATTEMPTS = 5;
// Waits until the time is over, or until the transfer ends.
const later = async (transfer, seconds) => {
  for (const until = performance.now() + seconds * 1000; performance.now() < until && !transfer.ended;) { await new Promise((resolve) => { setTimeout(resolve, 200); }); }
};

// A transfer of the file: it ends early when the user cancels it, or when one of its parts fails.
class Ended extends Error {
  constructor(result) { super(); this.result = result; }
}

// Sends a request: its answer, or null without an answer.
const ask = (transfer, method, url, { headers = {}, body = null, onProgress = () => {} } = {}) => new Promise((resolve, reject) => {
  if (transfer.ended) { reject(transfer.ended); return; }
  const request = new XMLHttpRequest();
  request.open(method, url);
  for (const [name, value] of Object.entries(headers)) { request.setRequestHeader(name, value); }
  request.upload.onprogress = ({ loaded }) => onProgress(loaded);
  const end = (answer) => { transfer.open.delete(request); if (transfer.ended) { reject(transfer.ended); } else { resolve(answer); } };
  request.onload = () => { learnTime(request.getResponseHeader("date")); end(request); };
  request.onerror = () => end(null);
  request.onabort = () => end(null);
  transfer.open.add(request);
  request.send(body);
});

// Repeats a request while it has no answer or a busy server. Without a connection, it waits for the
// connection, and the waiting time counts as no attempt. `isTransient` judges an answer with status 200.
const insist = async (transfer, method, url, options = {}, isTransient = () => false) => {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask(transfer, method, url, options);
    const [, , mayPass] = answer ? (answer.status === 200 ? ["", "", isTransient(answer)] : meaning(answer)) : ["", "", true];
    if (!mayPass) { return answer; }
    if (!answer && !navigator.onLine) {
      attempt = 0;
      transfer.pause();
      while (!navigator.onLine && !transfer.ended) { await later(transfer, 1); }
      transfer.proceed();
    } else if (attempt >= ATTEMPTS) {
      return answer;
    } else {
      await later(transfer, 2 ** attempt / 2);
    }
  }
};

const xmlOf = (answer) => new DOMParser().parseFromString(answer.responseText || "", "application/xml");
const codeOf = (answer) => { const found = xmlOf(answer).querySelector("Error > Code"); return found ? found.textContent : ""; };
// Whether the upload no longer exists. Ceph answers NoSuchKey to the list of such an upload.
const isGone = (answer) => Boolean(answer) && answer.status === 404 && ["", "NoSuchUpload", "NoSuchKey"].includes(codeOf(answer));
const sizeOfPart = (file, number) => Math.min(plan.partSize, file.size - (number - 1) * plan.partSize);
const countOf = (file) => Math.ceil(file.size / plan.partSize);
const urlOfPart = (number) => plan.before + number + plan.after + plan.signatures.slice((number - 1) * 64, number * 64);

// The result of a failed request, for the user. Without an answer, the connection failed.
const failure = (answer) => (answer ? meaning(answer) : ["bad", text.partsFailed, true]);

// The ETag and the version of the object if it has the size of the file and the number of its parts, else
// null. An object that this upload did not create has another ETag.
const completed = async (transfer, file) => {
  const answer = await insist(transfer, "HEAD", plan.head);
  if (!answer || answer.status !== 200 || Number(answer.getResponseHeader("content-length")) !== file.size) { return null; }
  const etag = answer.getResponseHeader("etag") || "";
  return etag.replaceAll('"', "").endsWith("-" + countOf(file)) ? [etag, answer.getResponseHeader("x-amz-version-id")] : null;
};

// The parts that have arrived with the size that they have in this file: a map from numbers to ETags. Null
// if the upload no longer exists.
const arrived = async (transfer, file) => {
  const found = new Map();
  for (const url of plan.lists.slice(0, Math.ceil(countOf(file) / 1000))) {
    const answer = await insist(transfer, "GET", url);
    if (isGone(answer)) { return null; }
    if (!answer || answer.status !== 200) { throw new Ended(failure(answer)); }
    for (const part of xmlOf(answer).querySelectorAll("Part")) {
      const [number, size, etag] = ["PartNumber", "Size", "ETag"].map((name) => part.querySelector(name).textContent);
      if (Number(size) === sizeOfPart(file, Number(number))) { found.set(Number(number), etag); }
    }
  }
  return found;
};

// Sends the parts that are missing, several at the same time. A part that fails ends the transfer.
const sendMissing = async (transfer, file, found) => {
  const missing = Array.from({ length: countOf(file) }, (_, index) => index + 1).filter((number) => !found.has(number));
  const sent = new Map();
  let done = [...found.keys()].reduce((sum, number) => sum + sizeOfPart(file, number), 0);
  const show = () => transfer.moved([...sent.values()].reduce((sum, bytes) => sum + bytes, done) / file.size);
  show();
  const worker = async () => {
    for (let number = missing.shift(); number; number = missing.shift()) {
      const bytes = sizeOfPart(file, number);
      const start = (number - 1) * plan.partSize;
      const onProgress = (loaded) => { sent.set(number, Math.min(loaded, bytes)); show(); };
      const answer = await insist(transfer, "PUT", urlOfPart(number), { body: file.slice(start, start + bytes), onProgress });
      sent.delete(number);
      if (isGone(answer)) { throw new Ended(["bad", text.partsOver, false]); }
      if (!answer || answer.status !== 200) {
        throw new Ended((await isReadable(file)) ? failure(answer) : ["bad", text.unreadable, false]);
      }
      done += bytes;
      show();
    }
  };
  const fail = (error) => { transfer.end(error instanceof Ended ? error.result : ["bad", String(error), true]); throw error; };
  await Promise.all(Array.from({ length: PARALLEL }, () => worker().catch(fail)));
};

// Joins the parts. S3 can answer 200 and report an error in the body.
const complete = async (transfer, file, found) => {
  const part = (number) => "<Part><PartNumber>" + number + "</PartNumber><ETag>" + found.get(number).replaceAll("&", "&amp;").replaceAll("<", "&lt;") + "</ETag></Part>";
  const list = Array.from({ length: countOf(file) }, (_, index) => part(index + 1)).join("");
  const body = "<CompleteMultipartUpload>" + list + "</CompleteMultipartUpload>";
  const isDone = (answer) => answer.status === 200 && xmlOf(answer).querySelector("CompleteMultipartUploadResult");
  const mayPass = (answer) => !isDone(answer) && ["", "InternalError", "SlowDown", "ServiceUnavailable"].includes(codeOf(answer));
  const answer = await insist(transfer, "POST", plan.complete, { body, headers: plan.completeHeaders }, mayPass);
  if (answer && isDone(answer)) { return; }
  // The answer to an earlier attempt was lost, or the upload was aborted: the object shows which.
  if (isGone(answer)) { return; }
  if (answer && answer.status === 412) { throw new Ended(["bad", text.partsExists, false]); }
  if (answer && answer.status === 200) { throw new Ended(["bad", say("serverRefused", { reason: codeOf(answer) || text.oddAnswer }), true]); }
  throw new Ended(failure(answer));
};

// Sends the file: the ETag and the version of the object.
const sendInParts = async (transfer, file, job) => {
  let found = await arrived(transfer, file);
  const last = remembered();
  if (found === null) {
    const stored = last && isSame(last, file) ? await completed(transfer, file) : null;
    if (stored) { return stored; }
    throw new Ended(["bad", text.partsOver, false]);
  }
  if (found.size > 0 && last && !isSame(last, file) && !job.replaces) {
    job.replaces = true;
    throw new Ended(["warn", say("partsOther", { name: last.name, size: size(last.size) }), true]);
  }
  // Without a record of the file in this browser, the parts may come from another file.
  if (!last || !isSame(last, file)) { found = new Map(); }
  remember(file);
  for (let round = 1; found.size < countOf(file); round += 1) {
    if (round > 3) { throw new Ended(["bad", text.partsMissing, true]); }
    await sendMissing(transfer, file, found);
    found = await arrived(transfer, file);
    if (found === null) { throw new Ended(["bad", text.partsOver, false]); }
  }
  if (!(await isReadable(file))) { throw new Ended(["bad", text.unreadable, false]); }
  job.complete = true;
  transfer.moved(1);
  await complete(transfer, file, found);
  const stored = await completed(transfer, file);
  if (!stored) { throw new Ended(["bad", text.partsIncomplete, false]); }
  return stored;
};
