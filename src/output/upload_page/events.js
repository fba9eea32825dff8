// While files are sent, the browser asks before it closes the tab.
addEventListener("beforeunload", (event) => {
  if (hasOtherWork() || jobs.some(isOpen)) { event.preventDefault(); event.returnValue = ""; }
});

// The whole page accepts dropped files, because otherwise the browser would leave the page to open a file.
// The plain form accepts dropped files by itself.
const drop = byId("drop");
byId("picker").addEventListener("change", (event) => { take(Array.from(event.target.files), new Set()); event.target.value = ""; });
const onDrag = (kind, action) => document.addEventListener(kind, (event) => {
  if (event.target.id === "file" && !over) { return; }
  event.preventDefault();
  action(event);
});
onDrag("dragenter", () => drop.classList.toggle("over", !isOver()));
onDrag("dragover", () => drop.classList.toggle("over", !isOver()));
onDrag("dragleave", () => drop.classList.remove("over"));
onDrag("drop", (event) => {
  drop.classList.remove("over");
  if (isOver()) { return; }
  const files = [];
  const folders = new Set();
  for (const item of event.dataTransfer.items) {
    const file = item.kind === "file" ? item.getAsFile() : null;
    const entry = file && item.webkitGetAsEntry ? item.webkitGetAsEntry() : null;
    if (file) { files.push(file); }
    if (entry && entry.isDirectory) { folders.add(file); }
  }
  take(files, folders);
  if (files.length === 0) { status.textContent = text.noFiles; }
});
