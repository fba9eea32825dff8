// Sends files to the bucket in which this page lies, each as a form.
// The form of a file. Each accepted content type has its own form, so the server enforces the list of types.
// Without such a list, the only form has a fixed type.
const fileForm = (file, key) => {
  const rule = ruleFor(file);
  return rule ? formOf(config.forms[typeRules.indexOf(rule)], key, typeFor(file), file) : formOf(config.forms[0], key, "", file);
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
