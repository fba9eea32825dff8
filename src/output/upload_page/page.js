const text = config.texts;
const say = (name, values) => Object.entries(values || {}).reduce((words, [key, value]) => words.replaceAll("{" + key + "}", () => value), text[name]);
const byId = (id) => document.getElementById(id);
const end = new Date(config.expiresAt);
const status = byId("status");
// Without progress for this time, an upload counts as stalled. In milliseconds.
const PATIENCE = 30_000;

const size = (bytes) => {
  if (bytes === 1) { return text.oneByte; }
  const units = text.units.split(" ");
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < units.length - 1) { value /= 1024; unit += 1; }
  return (unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)) + " " + units[unit];
};

const rules = [say("until", { until: end.toLocaleString() })];
if (config.maxSize < 5 * 1024 ** 3) { rules.push(say("largest", { size: size(config.maxSize) })); }
if (config.minSize > 1) { rules.push(say("smallest", { size: size(config.minSize) })); }
if (!anything) { rules.push(say("only", { kinds: acceptedKinds() })); }
byId("rules").textContent = rules.join(" ");
byId("app").hidden = false;
byId("plain").open = false;
if (!config.several) { document.querySelector("label[for=picker]").textContent = text.chooseOne; }
if (acceptedKind) {
  // Some systems do not know the type of a file, but every system knows its extension.
  for (const id of ["picker", "file"]) { byId(id).accept = [wanted, ...acceptedKind.extensions.map((ending) => "." + ending)].join(","); }
}

let over = false;
const expire = () => {
  over = true;
  status.textContent = text.expired;
  status.className = "bad";
  byId("rules").textContent = say("wasUntil", { until: end.toLocaleString() });
  byId("invite").hidden = true;
  document.body.classList.add("over-now");
  for (const control of [byId("picker"), byId("file"), document.querySelector("#plain button")]) { control.disabled = true; }
};
const isOver = () => {
  if (!over && Date.now() >= end.getTime()) { expire(); }
  return over;
};
isOver();
setInterval(isOver, 5000);

// Checks a file before it is sent. Returns the words for the problem, or an empty text.
const problemOf = (file, isFolder) => {
  if (isFolder) { return text.folder; }
  if (isOver()) { return text.tooLate; }
  if (file.size === 0 && config.minSize > 0) { return text.empty; }
  if (file.size > config.maxSize) { return say("tooLarge", { size: size(file.size), limit: size(config.maxSize) }); }
  if (file.size < config.minSize) { return say("tooSmall", { size: size(file.size), limit: size(config.minSize) }); }
  if (isOtherKind(file)) { return say("otherKind", { kinds: acceptedKinds(), kind: kindName(file) }); }
  return "";
};

// A folder, or a file that was moved or changed after it was chosen, cannot be read.
const isReadable = async (file) => {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch (error) {
    return false;
  }
};

const formFor = (file) => {
  const form = new FormData();
  for (const [name, value] of config.fields) { form.append(name, name === "Content-Type" ? typeFor(file, value) : value); }
  form.append("file", file);
  return form;
};

// What an answer of S3 means: the kind of the message, its words, and whether another attempt can help.
const meaning = (request) => {
  const { status: code } = request;
  if (code === 201 || code === 204) { return ["good", text.uploaded, false]; }
  if (code >= 200 && code < 300) { return ["warn", text.oddAnswer, false]; }
  const xml = new DOMParser().parseFromString(request.responseText || "", "application/xml");
  const part = (name) => { const found = xml.querySelector("Error > " + name); return found ? found.textContent : ""; };
  const [error, message] = [part("Code"), part("Message")];
  if (error === "EntityTooLarge" || code === 413) { return ["bad", text.serverTooLarge, false]; }
  if (error === "EntityTooSmall") { return ["bad", text.serverTooSmall, false]; }
  if (/expired/i.test(message) || error === "ExpiredToken") { expire(); return ["bad", text.tooLate, false]; }
  if (/\$?content-type/i.test(message) && code === 403) { return ["bad", text.serverKind, false]; }
  if (code === 501 || code === 405) { return ["bad", text.serverForms, false]; }
  if (code >= 500 || code === 429 || ["RequestTimeout", "SlowDown"].includes(error)) { return ["bad", say("serverBusy", { reason: error || code }), true]; }
  return ["bad", say("serverRefused", { reason: error ? error + ". " + message : say("serverStatus", { code }) }), false];
};

const jobs = [];
const isOpen = (job) => job.state === "waiting" || job.state === "sending";

// A line of the list: the name, the progress, the state in words, and the buttons.
const lineFor = (file, job) => {
  const line = document.createElement("li");
  line.className = "row";
  const name = document.createElement("strong");
  name.textContent = file.name;
  const percent = document.createElement("span");
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.setAttribute("aria-label", say("progressOf", { name: file.name }));
  const words = document.createElement("div");
  words.setAttribute("role", "status");
  const button = (label, action) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text[label];
    made.setAttribute("aria-label", text[label] + ": " + file.name);
    made.addEventListener("click", action);
    return made;
  };
  const cancel = button("cancel", () => job.cancel());
  const again = button("again", () => job.again());
  line.append(name, document.createTextNode(job.folder ? " " : " (" + size(file.size) + ") "), percent, bar, words, cancel, again);
  byId("list").append(line);
  return {
    show: (kind, said, may) => {
      const focused = line.contains(document.activeElement) ? document.activeElement : null;
      words.className = kind;
      if (words.textContent !== said) { words.textContent = said; }
      [bar.hidden, percent.hidden] = [!isOpen(job), job.state !== "sending"];
      [cancel.hidden, again.hidden] = [!may.cancel, !may.again];
      // Keeps the keyboard's place in the list when its button disappears.
      if (focused && focused.hidden) { ([cancel, again].find((one) => !one.hidden) || byId("picker")).focus(); }
    },
    at: (part) => {
      if (part === null) { bar.removeAttribute("value"); } else { bar.value = part; }
      percent.textContent = part === null ? "" : Math.floor(part * 100) + " %";
    },
  };
};

// Uploads with a progress bar. The browser first asks the server whether it allows this page (CORS).
// Most buckets have no CORS rule; the browser then stops before it sends a byte, and the result is null.
const withProgress = (file, job) => new Promise((resolve) => {
  const request = new XMLHttpRequest();
  let [begun, complete] = [false, false];
  request.open("POST", config.url);
  request.upload.onprogress = (event) => {
    begun = begun || event.loaded > 0;
    complete = event.loaded === event.total;
    job.complete = complete;
    job.moved(event.total > 0 ? event.loaded / event.total : 0);
  };
  request.upload.onload = () => { [begun, complete, job.complete] = [true, true, true]; job.moved(1); };
  request.onload = () => resolve(meaning(request));
  request.onerror = () => resolve(complete ? ["warn", text.lostAnswer, true] : begun ? ["bad", text.interrupted, true] : null);
  request.onabort = () => resolve(["", "", true]);
  job.stop = () => request.abort();
  request.send(formFor(file));
});

// Uploads without CORS: the browser sends the file, but hides the answer from this page. The answer may
// be a refusal, so the page never reports success.
const withoutAnswer = async (file, job) => {
  const control = new AbortController();
  job.stop = () => control.abort();
  job.blind = true;
  job.moved(null);
  try {
    await fetch(config.url, { method: "POST", body: formFor(file), mode: "no-cors", credentials: "omit", signal: control.signal });
    return ["warn", text.notConfirmed, false];
  } catch (error) {
    return ["bad", text.failed, true];
  }
};

const send = async (job) => {
  const { file, line } = job;
  const problem = problemOf(file, false) || ((await isReadable(file)) ? "" : text.unreadable);
  if (job.state !== "waiting") { return; }
  if (problem) { job.finish("bad", problem, false); return; }
  job.state = "sending";
  const attempt = job.attempt;
  job.moved = (part) => {
    if (job.attempt !== attempt || job.state !== "sending") { return; }
    job.last = Date.now();
    line.at(part);
    line.show("", job.blind ? text.sendingBlind : job.complete ? text.sendingDone : text.sending, { cancel: true });
  };
  [job.blind, job.complete] = [false, false];
  job.moved(0);
  let result = await withProgress(file, job);
  if (job.attempt !== attempt || job.state !== "sending") { return; }
  if (result === null) { result = await withoutAnswer(file, job); }
  if (job.attempt === attempt && job.state === "sending") { job.finish(...result); }
};

// Sends one file after the other.
let busy = false;
const sendNext = async () => {
  const job = busy ? undefined : jobs.find((one) => one.state === "waiting");
  if (!job) { return; }
  busy = true;
  await send(job);
  busy = false;
  sendNext();
};

const take = (files, folders) => {
  status.textContent = "";
  const all = config.several ? files : files.slice(0, 1);
  for (const file of all) {
    const job = { file, state: "done", attempt: 0, stop: () => {}, folder: folders.has(file) };
    job.finish = (kind, words, mayRepeat) => { job.state = "done"; job.line.show(kind, words, { again: mayRepeat && !isOver() }); };
    job.wait = () => { job.state = "waiting"; job.attempt += 1; job.line.at(0); job.line.show("", text.waiting, { cancel: true }); sendNext(); };
    job.cancel = () => {
      const late = job.state === "sending" && (job.blind || job.complete);
      job.finish("warn", late ? text.cancelledLate : text.cancelled, true);
      job.stop();
    };
    job.again = () => { job.state = "done"; job.stop(); job.wait(); };
    job.line = lineFor(file, job);
    jobs.push(job);
    const problem = problemOf(file, job.folder);
    if (problem) { job.finish("bad", problem, false); } else { job.wait(); }
  }
  if (files.length > all.length) { status.textContent = text.tookFirst; }
};

setInterval(() => {
  for (const job of jobs.filter((one) => one.state === "sending")) {
    const quiet = Math.floor((Date.now() - job.last) / PATIENCE) * PATIENCE / 1000;
    if (quiet === 0) { continue; }
    const time = quiet < 120 ? say("seconds", { n: quiet }) : say("minutes", { n: Math.floor(quiet / 60) });
    job.line.show("warn", say(job.blind ? "stalledBlind" : "stalled", { time }), { cancel: true, again: true });
  }
}, 1000);

// The browser asks before it closes the tab. The plain form leaves the page
// itself when it is sent, so it counts only a second later.
let plainIsSending = false;
byId("plain").addEventListener("submit", () => {
  byId("plainWait").textContent = text.plainSending;
  setTimeout(() => { plainIsSending = true; }, 1000);
});
addEventListener("pageshow", () => { plainIsSending = false; });
addEventListener("beforeunload", (event) => {
  if (plainIsSending || jobs.some(isOpen)) { event.preventDefault(); event.returnValue = ""; }
});

// Files may be dropped anywhere: elsewhere the browser would leave the page to open the file. The plain
// form takes files by itself.
const drop = byId("drop");
byId("picker").addEventListener("change", (event) => { take(Array.from(event.target.files), new Set()); event.target.value = ""; });
const onDrag = (kind, action) => document.addEventListener(kind, (event) => {
  if (event.target === byId("file") && !over) { return; }
  event.preventDefault();
  action(event);
});
onDrag("dragenter", () => drop.classList.toggle("over", !isOver()));
onDrag("dragover", () => drop.classList.toggle("over", !isOver()));
onDrag("dragleave", () => drop.classList.remove("over"));
onDrag("drop", (event) => {
  drop.classList.remove("over");
  if (isOver()) { return; }
  const files = [];
  const folders = new Set();
  for (const item of event.dataTransfer.items) {
    const file = item.kind === "file" ? item.getAsFile() : null;
    const entry = file && item.webkitGetAsEntry ? item.webkitGetAsEntry() : null;
    if (file) { files.push(file); }
    if (entry && entry.isDirectory) { folders.add(file); }
  }
  take(files, folders);
  if (files.length === 0) { status.textContent = text.noFiles; }
});
