// Sends files to a server of another origin than the page, which is a file or lies on another web server.
const formFor = (file) => {
  const form = new FormData();
  for (const [name, value] of config.fields) { form.append(name, name === "Content-Type" ? typeFor(file) : value); }
  form.append("file", file);
  return form;
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

// Sends a file: the kind of the result, its words, and whether another attempt can help.
const transmit = async (file, job, isCurrent) => {
  const result = await withProgress(file, job);
  return result === null && isCurrent() ? withoutAnswer(file, job) : result;
};
const begin = () => {};
const idle = () => {};

// The plain form leaves the page itself when it is sent, so it counts as work only a second later.
let plainIsSending = false;
byId("plain").addEventListener("submit", () => {
  byId("plainWait").textContent = text.plainSending;
  setTimeout(() => { plainIsSending = true; }, 1000);
});
addEventListener("pageshow", () => { plainIsSending = false; });
const hasOtherWork = () => plainIsSending;
