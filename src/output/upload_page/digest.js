// Computes the SHA-256 digests of files in a worker while the files are uploaded.
const digests = new Map();
const worker = new Worker(URL.createObjectURL(new Blob([byId("sha256").textContent], { type: "text/javascript" })));
worker.onmessage = ({ data: { id, hex } }) => digests.get(id)(hex);
worker.onerror = () => { for (const resolve of digests.values()) { resolve(""); } };
const digestOf = (file) => new Promise((resolve) => {
  const id = digests.size;
  digests.set(id, resolve);
  worker.postMessage({ id, file });
});
