const end = new Date(config.expiresAt);
const status = byId("status");

const rules = [say("until", { until: end.toLocaleString() })];
const LARGEST_FORM = 5 * 1024 ** 3;
const isExact = config.minSize === config.maxSize;
if (isExact) { rules.push(say("exactly", { size: size(config.maxSize), bytes: config.maxSize })); }
if (!isExact && (config.upload || config.maxSize < LARGEST_FORM)) { rules.push(say("largest", { size: size(config.maxSize) })); }
if (!isExact && config.minSize > 1) { rules.push(say("smallest", { size: size(config.minSize) })); }
if (!anything) { rules.push(say("only", { kinds: acceptedKinds() })); }
byId("rules").textContent = rules.join(" ");
byId("app").hidden = false;
if (byId("plain")) { byId("plain").open = false; }
if (!config.several) { document.querySelector("label[for=picker]").textContent = text.chooseOne; }
if (typeRules.some((rule) => rule.kind)) {
  // Some systems do not know the type of a file, but every system knows its extension.
  const ways = typeRules.flatMap(({ accepted, wanted, kind }) => (kind ? [wanted, ...kind.extensions.map((ending) => "." + ending)] : [accepted]));
  for (const input of document.querySelectorAll("input[type=file]")) { input.accept = ways.join(","); }
}

let over = false;
const expire = () => {
  over = true;
  status.textContent = text.expired;
  status.className = "bad";
  byId("rules").textContent = say("wasUntil", { until: end.toLocaleString() });
  byId("invite").hidden = true;
  document.body.classList.add("over-now");
  for (const control of document.querySelectorAll("input[type=file], #plain button")) { control.disabled = true; }
};
const isOver = () => {
  if (!over && now() >= end.getTime()) { expire(); }
  return over;
};
isOver();
setInterval(isOver, 5000);

// Checks a file before the page sends it. Returns the words for the problem, or an empty text.
const problemOf = (file, isFolder) => {
  if (isFolder) { return text.folder; }
  if (isOver()) { return text.tooLate; }
  if (file.size === 0 && config.minSize > 0) { return text.empty; }
  if (isExact && file.size !== config.maxSize) { return say("wrongSize", { found: file.size, wanted: config.maxSize }); }
  if (file.size > LARGEST_FORM && !config.upload) { return say("aboveForm", { size: size(file.size) }); }
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
