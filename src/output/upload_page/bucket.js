// Sends files to the bucket in which this page lies, so this page can read the answers.
const formOf = (fields, key, type, body) => {
  const form = new FormData();
  for (const [name, value] of fields) { form.append(name, name === "key" ? key : name === "Content-Type" ? type || value : value); }
  form.append("file", body, "file");
  return form;
};
// The form of a file. Each accepted content type has its own form, so the server enforces the list of types.
// Without such a list, the only form has a fixed type.
const fileForm = (file, key) => {
  const rule = ruleFor(file);
  return rule ? formOf(config.forms[typeRules.indexOf(rule)], key, typeFor(file), file) : formOf(config.forms[0], key, "", file);
};

// Posts a form and returns the finished request. `lost` says why a request got no answer.
const post = (form, { onProgress, onStart }) => new Promise((resolve) => {
  const request = new XMLHttpRequest();
  let [begun, complete] = [false, false];
  request.open("POST", config.url);
  request.upload.onprogress = ({ loaded, total }) => {
    begun = begun || loaded > 0;
    complete = loaded === total;
    onProgress(total > 0 ? loaded / total : 0, complete);
  };
  request.upload.onload = () => { [begun, complete] = [true, true]; onProgress(1, true); };
  request.onload = () => { learnTime(request.getResponseHeader("date")); resolve({ request }); };
  request.onerror = () => resolve({ lost: complete ? "answer" : begun ? "upload" : "connection" });
  request.onabort = () => resolve({ lost: "cancelled" });
  onStart(() => request.abort());
  request.send(form);
});

// Returns the ETag of a stored file. Ceph's answer to a form has the ETag only in the document, not in a header.
const etagOf = (request) => {
  const header = request.getResponseHeader("etag");
  if (header) { return header; }
  const found = new DOMParser().parseFromString(request.responseText || "", "application/xml").querySelector("PostResponse > ETag");
  return found ? found.textContent : "";
};

// Explains a request that got no answer.
const LOST = { answer: ["warn", text.lostAnswer], upload: ["bad", text.interrupted], connection: ["bad", text.failed] };
const isWaitingForNetwork = (job) => job.offline && job.state === "done";
const transmit = async (file, job, isCurrent) => {
  await timeAsked;
  job.offline = false;
  if (!isCurrent()) { return ["", "", true]; }
  if (isOver()) { return ["bad", text.tooLate, false]; }
  const onProgress = (part, complete) => { job.complete = complete; job.moved(part); };
  const { request, lost } = await post(fileForm(file, job.key), { onProgress, onStart: (stop) => { job.stop = stop; } });
  if (lost === "cancelled") { return ["", "", true]; }
  if (lost) {
    job.offline = isCurrent() && !navigator.onLine;
    return [...(job.offline ? ["warn", text.offline] : LOST[lost]), true];
  }
  const result = meaning(request);
  if (result[0] === "good" && isCurrent()) {
    job.stored = [etagOf(request), request.getResponseHeader("x-amz-version-id")];
    job.delivery.changed = true;
  }
  return result;
};

byId("noScript").hidden = true;
timeAsked.then(isOver);
addEventListener("offline", () => { status.className = "warn"; status.textContent = text.offlineNow; });
addEventListener("online", () => {
  if (!over) { status.textContent = ""; }
  for (const job of jobs.filter(isWaitingForNetwork)) { job.again(); }
  idle();
});
