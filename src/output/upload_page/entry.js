// What a receipt says of one file.
const RECEIPT = "receipt.json";
const entryOf = (job, sha256, etag, versionId) => ({ name: job.name, key: job.key, size: job.file.size, sha256, etag, version_id: versionId });
const serverNow = () => now() || Date.now();
// The name of a file as text. Half of a surrogate pair becomes U+FFFD, as in every text that a browser sends.
const plainName = (file) => new TextDecoder().decode(new TextEncoder().encode(file.name)) || "_";
