// Sends files to a server whose origin differs from that of the page.
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

// Sends a file, and returns the kind of the result, its words, and whether another attempt can help.
const transmit = async (file, job, isCurrent) => {
  const result = await withProgress(file, job);
  return result === null && isCurrent() ? withoutAnswer(file, job) : result;
};
const begin = () => {};
const idle = () => {};

// The browser leaves the page when the user sends the plain form, so the form counts as work a second later.
let plainIsSending = false;
byId("plain").addEventListener("submit", () => {
  byId("plainWait").textContent = text.plainSending;
  setTimeout(() => { plainIsSending = true; }, 1000);
});
addEventListener("pageshow", () => { plainIsSending = false; });
const hasOtherWork = () => plainIsSending;
