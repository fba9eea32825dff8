// Explains an answer of S3: the kind of the message, its words, and whether another attempt can help.
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
