// Posts forms to the bucket in which this page lies, so this page can read the answers.
const formOf = (fields, key, type, body) => {
  const form = new FormData();
  for (const [name, value] of fields) { form.append(name, name === "key" ? key : name === "Content-Type" ? type || value : value); }
  form.append("file", body, "file");
  return form;
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

// Stores a receipt beside the files: the kind of the result and its words.
const storeReceipt = async (key, body) => {
  const { request } = await post(formOf(config.receiptFields, key, "", body), { onProgress: () => {}, onStart: () => {} });
  return request ? meaning(request) : ["bad", text.failed];
};
