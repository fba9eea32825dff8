const jobs = [];
const isOpen = (job) => job.state === "waiting" || job.state === "sending";

// A line in the list of files, with the name, the progress, the state in words, and the buttons.
const lineFor = (file, job) => {
  const line = document.createElement("li");
  line.className = "row";
  const name = document.createElement("strong");
  name.textContent = file.name;
  const percent = document.createElement("span");
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.setAttribute("aria-label", say("progressOf", { name: file.name }));
  const words = document.createElement("div");
  words.setAttribute("role", "status");
  const button = (label, action) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text[label];
    made.setAttribute("aria-label", text[label] + ": " + file.name);
    made.addEventListener("click", action);
    return made;
  };
  const cancel = button("cancel", () => job.cancel());
  const again = button("again", () => job.again());
  line.append(name, document.createTextNode(job.folder ? " " : " (" + size(file.size) + ") "), percent, bar, words, cancel, again);
  byId("list").append(line);
  return {
    show: (kind, said, may) => {
      const focused = line.contains(document.activeElement) ? document.activeElement : null;
      words.className = kind;
      if (words.textContent !== said) { words.textContent = said; }
      [bar.hidden, percent.hidden] = [!isOpen(job), job.state !== "sending"];
      [cancel.hidden, again.hidden] = [!may.cancel, !may.again];
      // Moves the focus to the line when its focused button disappears, so that the keyboard stays in the list.
      if (focused && focused.hidden) { ([cancel, again].find((one) => !one.hidden) || byId("picker")).focus(); }
    },
    at: (part) => {
      if (part === null) { bar.removeAttribute("value"); } else { bar.value = part; }
      percent.textContent = part === null ? "" : say("progress", { percent: Math.floor(part * 100), done: size(Math.floor(part * file.size)), size: size(file.size) });
    },
  };
};
