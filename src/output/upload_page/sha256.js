// A worker that computes the SHA-256 digest of files piece by piece, because the browser's own digest needs
// the whole file in memory. <https://csrc.nist.gov/pubs/fips/180-4/upd1/final>
"use strict";
const primes = [];
for (let n = 2; primes.length < 64; n += 1) { if (primes.every((prime) => n % prime !== 0)) { primes.push(n); } }
const fraction = (root) => ((root % 1) * 2 ** 32) | 0;
const K = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
const START = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const W = new Int32Array(64);

// Adds the whole blocks of `bytes` to the state.
const addBlocks = (state, bytes) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [h0, h1, h2, h3, h4, h5, h6, h7] = state;
  for (let at = 0; at + 64 <= bytes.length; at += 64) {
    for (let i = 0; i < 16; i += 1) { W[i] = view.getInt32(at + 4 * i); }
    for (let i = 16; i < 64; i += 1) {
      const x = W[i - 15];
      const y = W[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = [h0, h1, h2, h3, h4, h5, h6, h7];
    for (let i = 0; i < 64; i += 1) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    h0 = (h0 + a) | 0; h1 = (h1 + b) | 0; h2 = (h2 + c) | 0; h3 = (h3 + d) | 0;
    h4 = (h4 + e) | 0; h5 = (h5 + f) | 0; h6 = (h6 + g) | 0; h7 = (h7 + h) | 0;
  }
  state.splice(0, 8, h0, h1, h2, h3, h4, h5, h6, h7);
};

// The end of the message: a 1 bit, zeros, and the length in bits.
const addEnd = (state, rest, length) => {
  const end = new Uint8Array(rest.length < 56 ? 64 : 128);
  end.set(rest);
  end[rest.length] = 0x80;
  const view = new DataView(end.buffer);
  view.setUint32(end.length - 8, Math.floor(length / 2 ** 29));
  view.setUint32(end.length - 4, (length * 8) >>> 0);
  addBlocks(state, end);
};

// The size of a piece is a multiple of 64, so only the last piece can end with a partial block.
const PIECE = 4 * 1024 * 1024;
const digest = async (file) => {
  const state = START.slice();
  for (let at = 0; at + PIECE <= file.size; at += PIECE) { addBlocks(state, new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer())); }
  const last = new Uint8Array(await file.slice(file.size - (file.size % PIECE)).arrayBuffer());
  const whole = last.length - (last.length % 64);
  addBlocks(state, last.subarray(0, whole));
  addEnd(state, last.subarray(whole), file.size);
  return state.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
};

// The worker reads one file after the other, and answers with the digest in hex, or with an empty text for a
// file that cannot be read.
let before = Promise.resolve();
onmessage = ({ data: { id, file } }) => {
  before = before.then(() => digest(file)).then((hex) => postMessage({ id, hex }), () => postMessage({ id, hex: "" }));
};
