// The kinds of files that people know. A file is refused only if it is certainly of another kind than
// the page accepts: operating systems name the same file differently, and S3 decides in the end.
const MEDIA = ["audio", "font", "image", "text", "video"];
const accepted = config.contentType || "";
const isPrefix = accepted.endsWith("*");
const bare = (type) => type.toLowerCase().split(";")[0].trim();
const family = (type) => type.split("/")[0];
const wanted = bare(isPrefix ? accepted.slice(0, -1) : accepted);
const anything = ["", "application/octet-stream", "binary/octet-stream"].includes(wanted);
const kindOf = (type) => config.kinds.find((kind) => kind.types.includes(type));
const suffix = { "+json": "application/json", "+xml": "application/xml", "+zip": "application/zip" };
const acceptedKind = isPrefix ? undefined : kindOf(wanted) || kindOf(suffix[wanted.slice(wanted.lastIndexOf("+"))]);

// The kinds that the name of a file suggests; if it suggests none, those of the type that the browser reports.
const kindsOf = (file) => {
  const ending = file.name.slice(file.name.lastIndexOf(".") + 1).toLowerCase();
  const byName = file.name.includes(".") ? config.kinds.filter((kind) => kind.extensions.includes(ending)) : [];
  return byName.length > 0 ? byName : config.kinds.filter((kind) => kind.types.includes(bare(file.type)));
};
const typesOf = (file) => [bare(file.type), ...kindsOf(file).flatMap((kind) => kind.types)].filter((type) => type !== "");

const isOtherKind = (file) => {
  if (anything) { return false; }
  if (typesOf(file).some((type) => (isPrefix ? type.startsWith(wanted) : type === wanted))) { return false; }
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

// The content type for the form: the field's own value, or the type of this file that begins with it.
const typeFor = (file, own) => {
  if (!isPrefix) { return own; }
  const type = typesOf(file).find((known) => known.startsWith(wanted));
  if (type) { return own + type.slice(wanted.length); }
  return own || "application/octet-stream";
};

const acceptedKinds = () => {
  if (acceptedKind) { return text["many." + acceptedKind.id]; }
  if (isPrefix && MEDIA.includes(family(wanted)) && wanted.endsWith("/")) { return text["many." + family(wanted)]; }
  return say("manyOther", { type: accepted });
};
const kindName = (file) => {
  const [kind] = kindsOf(file);
  return text["a." + (kind ? kind.id : family(bare(file.type)))];
};
