// The browser forgets the chosen file when the page is closed. This record of the file is no secret: with it
// the page recognizes the file when the user chooses the file again.
const MEMORY = "s3-secure-bucket " + plan.id;
let record = null;
const remembered = () => {
  try {
    record = JSON.parse(localStorage.getItem(MEMORY)) || record;
  } catch (error) { /* Some browsers have no storage for a page that is a file. */ }
  return record;
};
const remember = ({ name, size: bytes, lastModified }) => {
  record = { name, size: bytes, lastModified };
  try {
    localStorage.setItem(MEMORY, JSON.stringify(record));
  } catch (error) { /* The record then ends with the page. */ }
};
const isSame = (one, file) => one.name === file.name && one.size === file.size && one.lastModified === file.lastModified;

// Runs `work` unless another tab of this browser sends the file: then the result is `busy`. A tab that was
// just closed has the lock for a moment.
const alone = async (work, busy) => {
  const attempt = () => navigator.locks.request(MEMORY, { ifAvailable: true }, async (lock) => (lock ? [await work()] : null));
  try {
    for (let tries = 1; ; tries += 1) {
      const done = await attempt();
      if (done || tries === 10) { return done ? done[0] : busy; }
      await new Promise((resolve) => { setTimeout(resolve, 200); });
    }
  } catch (error) {
    // Some browsers have no locks, or none for this page.
    if (error instanceof TypeError || error instanceof DOMException) { return work(); }
    throw error;
  }
};
