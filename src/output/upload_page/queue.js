// An upload without progress for this time counts as stalled, in milliseconds.
const PATIENCE = 30_000;

const send = async (job) => {
  const { file, line } = job;
  const problem = problemOf(file, false) || ((await isReadable(file)) ? "" : text.unreadable);
  if (job.state !== "waiting") { return; }
  if (problem) { job.finish("bad", problem, false); return; }
  job.state = "sending";
  const attempt = job.attempt;
  const isCurrent = () => job.attempt === attempt && job.state === "sending";
  job.moved = (part) => {
    if (!isCurrent()) { return; }
    job.last = Date.now();
    line.at(part);
    line.show("", job.blind ? text.sendingBlind : job.complete ? text.sendingDone : text.sending, { cancel: true });
  };
  [job.blind, job.complete] = [false, false];
  job.moved(0);
  const result = await transmit(file, job, isCurrent);
  if (isCurrent()) { job.finish(...result); }
};

// Sends one file after the other.
let busy = false;
const sendNext = async () => {
  const job = busy ? undefined : jobs.find((one) => one.state === "waiting");
  if (!job) {
    if (!busy) { idle(); }
    return;
  }
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
    begin(job);
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
