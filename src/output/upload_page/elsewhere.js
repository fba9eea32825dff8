const formFor = (file) => {
  const form = new FormData();
  for (const [name, value] of config.fields) { form.append(name, name === "Content-Type" ? typeFor(file, value) : value); }
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
