// The kinds of files that people know. A file is refused only if it is certainly of another kind than
// the page accepts: operating systems name the same file differently, and S3 decides in the end.
const MEDIA = ["audio", "font", "image", "text", "video"];
const bare = (type) => type.toLowerCase().split(";")[0].trim();
const family = (type) => type.split("/")[0];
const kindOf = (type) => config.kinds.find((kind) => kind.types.includes(type));
const suffix = { "+json": "application/json", "+xml": "application/xml", "+zip": "application/zip" };

// A content type that the page accepts. A `*` at its end stands for any ending.
const typeRule = (accepted) => {
  const isPrefix = accepted.endsWith("*");
  const own = isPrefix ? accepted.slice(0, -1) : accepted;
  const wanted = bare(own);
  const kind = isPrefix ? undefined : kindOf(wanted) || kindOf(suffix[wanted.slice(wanted.lastIndexOf("+"))]);
  return { accepted, isPrefix, own, wanted, kind };
};
const typeRules = config.contentTypes.map(typeRule);
const ANYTHING = ["", "application/octet-stream", "binary/octet-stream"];
const anything = typeRules.length === 0 || typeRules.some((rule) => ANYTHING.includes(rule.wanted));

// Returns the kinds that the extension of a file suggests, or else the kinds of the type that the browser reports.
const kindsOf = (file) => {
  const ending = file.name.slice(file.name.lastIndexOf(".") + 1).toLowerCase();
  const byName = file.name.includes(".") ? config.kinds.filter((kind) => kind.extensions.includes(ending)) : [];
  return byName.length > 0 ? byName : config.kinds.filter((kind) => kind.types.includes(bare(file.type)));
};
const typesOf = (file) => [bare(file.type), ...kindsOf(file).flatMap((kind) => kind.types)].filter((type) => type !== "");
const hasType = (file, { isPrefix, wanted }) => typesOf(file).some((type) => (isPrefix ? type.startsWith(wanted) : type === wanted));

const breaks = (file, rule) => {
  const { isPrefix, wanted, kind: acceptedKind } = rule;
  if (hasType(file, rule)) { return false; }
  const kinds = kindsOf(file);
  if (kinds.length === 0) {
    const [is, wants] = [family(bare(file.type)), family(wanted)];
    return MEDIA.includes(is) && MEDIA.includes(wants) && is !== wants;
  }
  if (isPrefix) { return true; }
  // Many programs save tables, JSON and source code as .txt.
  const isPlain = kinds.some((kind) => kind.types[0] === "text/plain");
  if (acceptedKind) { return !kinds.includes(acceptedKind) && !(isPlain && acceptedKind.types.includes("text/plain")); }
  return MEDIA.includes(family(wanted)) && !typesOf(file).some((type) => family(type) === family(wanted));
};
const isOtherKind = (file) => !anything && typeRules.every((rule) => breaks(file, rule));

const ruleFor = (file) => typeRules.find((one) => hasType(file, one)) || typeRules.find((one) => !breaks(file, one)) || typeRules[0];
// Returns the content type for the form: an accepted type, or a type of this file that an accepted `*` matches.
const typeFor = (file) => {
  const rule = ruleFor(file) || typeRule("*");
  if (!rule.isPrefix) { return rule.own; }
  const type = typesOf(file).find((known) => known.startsWith(rule.wanted));
  return type ? rule.own + type.slice(rule.wanted.length) : rule.own || "application/octet-stream";
};

const ruleName = ({ accepted, isPrefix, wanted, kind }) => {
  if (kind) { return text["many." + kind.id]; }
  if (isPrefix && MEDIA.includes(family(wanted)) && wanted.endsWith("/")) { return text["many." + family(wanted)]; }
  return say("manyOther", { type: accepted });
};
const acceptedKinds = () => {
  const names = typeRules.map(ruleName);
  return names.length < 2 ? names.join() : names.slice(0, -1).join(", ") + " " + text.and + " " + names[names.length - 1];
};
const kindName = (file) => {
  const [kind] = kindsOf(file);
  return text["a." + (kind ? kind.id : family(bare(file.type)))];
};
