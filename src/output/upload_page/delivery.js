// A delivery is a new folder for the files that are sent together, so that no file replaces another one.
// The largest receipt in bytes, with room for the parts around the list of files.
const ROOM = 64 * 1024 - 200;
const bytesIn = (words) => new TextEncoder().encode(words).length;

const random = () => {
  const letters = "abcdefghijklmnopqrstuvwxyz234567";
  return Array.from(crypto.getRandomValues(new Uint8Array(26)), (byte) => letters[byte % 32]).join("");
};
// Formats a time as 20260314T102653Z.
const stamp = (time) => new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");
const newDelivery = () => ({
  folder: config.folder + stamp(serverNow()) + "-" + random() + "/",
  jobs: [],
  names: new Set([RECEIPT]),
  room: ROOM,
  closed: false,
  changed: false,
});

// A name that is safe in a key: without control characters and slashes, and short enough for a key of 1,024
// bytes. S3 replaces `${filename}` in the key of a form. The receipt keeps the sender's own name.
const safeName = (name, folder) => {
  const most = 1024 - bytesIn(folder) - 8;
  // A browser sends half of a surrogate pair as U+FFFD, so the key contains U+FFFD too.
  const plain = new TextDecoder().decode(new TextEncoder().encode(name)).replace(/[\u0000-\u001f\u007f-\u009f/\\]/g, "_").replaceAll("${", "$_");
  const dot = plain.lastIndexOf(".");
  let [stem, ending] = dot > 0 ? [plain.slice(0, dot), plain.slice(dot)] : [plain, ""];
  if (bytesIn(ending) > 40) { [stem, ending] = [plain, ""]; }
  while (bytesIn(stem + ending) > most) { stem = Array.from(stem).slice(0, -1).join(""); }
  const whole = stem + ending;
  return ["", ".", ".."].includes(whole) ? "_" : whole;
};
// Renames a second file with the same name. Names that differ only in case count as the same.
const freeName = (name, names) => {
  const dot = name.lastIndexOf(".");
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
  let free = name;
  for (let number = 2; names.has(free.toLowerCase()); number += 1) { free = stem + " (" + number + ")" + ending; }
  names.add(free.toLowerCase());
  return free;
};

let delivery = null;
// Chooses the key of a file in the current delivery. If that delivery is complete or its receipt is full,
// the file goes to a new delivery.
const begin = (job) => {
  if (job.folder || problemOf(job.file, false)) { return; }
  job.name = plainName(job.file);
  const place = (wanted) => {
    job.key = wanted.folder + safeName(config.name || job.name, wanted.folder);
    return bytesIn(JSON.stringify(entryOf(job, "0".repeat(64), "0".repeat(64), "0".repeat(64)))) + 16;
  };
  if (!delivery || delivery.closed || place(delivery) > delivery.room) { delivery = newDelivery(); }
  delivery.room -= place(delivery);
  job.key = delivery.folder + freeName(job.key.slice(delivery.folder.length), delivery.names);
  job.delivery = delivery;
  delivery.jobs.push(job);
  job.digest = digestOf(job.file);
};
