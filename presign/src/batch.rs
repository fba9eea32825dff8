//! The hot path: signs many URLs that differ only in the key, at the speed of SHA-256.
//!
//! A URL costs about eight SHA-256 compressions and the copying of its bytes; all other costs should
//! be too small to measure. A comment at each optimization states its saving. With these optimizations,
//! one core signs about two million URLs per second; code that uses `format!`, `Hmac` and `hex::encode`
//! reaches a fifth of that. Signing a single URL uses the same code.
//!
//! ```text
//! text                                              hashing                               compressions
//! canonical request  = head ‖ key ‖ tail            for each URL, from the start                  5-6
//! string to sign     = first blocks ‖ rest ‖ hash   first blocks once per batch                     2
//! signature          = HMAC(key, string to sign)    both key pads once per batch                    1
//! ```

use crate::encode;
use crate::signing_key::SigningKey;
use crate::uri::ObjectKey;
use sha2::block_api::compress256;
use std::fmt;
use zeroize::Zeroize;

/// The block size of SHA-256, in bytes.
const BLOCK: usize = 64;
/// The length of a SHA-256 digest in hex, in bytes.
pub(crate) const HEX_DIGEST: usize = 64;

/// The parts that all URLs of a batch share, computed once.
#[derive(Clone)]
pub(crate) struct Template {
    /// The canonical request up to the key: `GET\n`, then `/` or `/bucket/`.
    pub(crate) canonical_head: Vec<u8>,
    /// The canonical request after the key.
    pub(crate) canonical_tail: Vec<u8>,
    /// `https://host/` or `https://host/bucket/`.
    pub(crate) url_head: Vec<u8>,
    /// `?query&X-Amz-Signature=`.
    pub(crate) url_tail: Vec<u8>,
    /// `true` in path style. An empty key then means the bucket, whose path ends without a slash.
    pub(crate) bucket_in_path: bool,
    /// The string to sign, up to the hash of the canonical request.
    pub(crate) sts_head: Vec<u8>,
    /// Signs the string to sign; the whole blocks of `sts_head` are hashed already.
    hmac: Hmac,
}

impl Template {
    pub(crate) fn new(key: &SigningKey, sts_head: Vec<u8>, parts: Parts) -> Self {
        let whole_blocks = sts_head.len() / BLOCK * BLOCK;
        Template {
            canonical_head: parts.canonical_head,
            canonical_tail: parts.canonical_tail,
            url_head: parts.url_head,
            url_tail: parts.url_tail,
            bucket_in_path: parts.bucket_in_path,
            // The string to sign ends with the hash, the only part that changes. The whole blocks
            // before it are hashed here, which saves one compression per URL.
            hmac: Hmac::new(key, &sts_head[..whole_blocks]),
            sts_head,
        }
    }

    /// How many bytes to cut off the head: the slash after the bucket (1) if no key follows it, else 0.
    pub(crate) fn slash_to_drop(&self, key: &[u8]) -> usize {
        usize::from(key.is_empty() && self.bucket_in_path)
    }
}

/// The texts from which a [`Template`] is made.
pub(crate) struct Parts {
    pub(crate) canonical_head: Vec<u8>,
    pub(crate) canonical_tail: Vec<u8>,
    pub(crate) url_head: Vec<u8>,
    pub(crate) url_tail: Vec<u8>,
    pub(crate) bucket_in_path: bool,
}

/// Signs URLs of one [`crate::Presigner`] and reuses its buffers, so a URL needs no allocation.
#[derive(Debug, Clone)]
pub struct Batch<'a> {
    template: &'a Template,
    /// The canonical request with SHA-256's padding: a whole number of blocks.
    canonical: Vec<u8>,
    /// The canonical tail followed by the padding. The index is the tail's offset within a block.
    tails: [Vec<u8>; BLOCK],
    /// The last blocks of the string to sign, padded. From URL to URL, only the hash in these blocks
    /// changes.
    sts: Vec<u8>,
    /// The offset of the hash in `sts`.
    hash_at: usize,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(template: &'a Template) -> Self {
        let hash_at = template.sts_head.len() % BLOCK;
        let mut sts = template.sts_head[template.sts_head.len() - hash_at..].to_vec();
        sts.resize(hash_at + HEX_DIGEST, b'0');
        // HMAC's inner message begins with the key pad, which fills one block.
        pad(&mut sts, BLOCK + template.sts_head.len() + HEX_DIGEST);
        let room = template.canonical_head.len() + template.canonical_tail.len() + 512;
        let mut canonical = Vec::with_capacity(room);
        canonical.extend_from_slice(&template.canonical_head);
        Batch {
            template,
            canonical,
            tails: [const { Vec::new() }; BLOCK],
            sts,
            hash_at,
        }
    }

    /// Appends the presigned URL for `key` to `out`. An empty key presigns the bucket itself.
    pub fn push_url(&mut self, out: &mut Vec<u8>, key: &ObjectKey) {
        self.push_url_of_bytes(out, key.as_bytes());
    }

    /// As [`push_url`](Self::push_url), for a key whose length was checked: [`crate::stream`] has no
    /// [`ObjectKey`]s, which would be one allocation each.
    pub(crate) fn push_url_of_bytes(&mut self, out: &mut Vec<u8>, key: &[u8]) {
        let template = self.template;
        let drop = template.slash_to_drop(key);

        // Step 1: write the canonical request into one buffer and hash it in one call, because feeding
        // a hasher piece by piece costs a fifth more. The head stays in the buffer, except for its
        // last slash.
        let slash = template.canonical_head.len() - 1;
        self.canonical.truncate(slash);
        if drop == 0 {
            self.canonical.push(b'/');
        }
        let key_at = self.canonical.len();
        encode::push_path(&mut self.canonical, key);
        let key_end = self.canonical.len();
        // The padding depends on the tail's offset within a block, so there is a prepared tail for
        // each offset, and only the length at its end differs. Copying a prepared tail replaces four
        // small steps.
        let ready = &mut self.tails[key_end % BLOCK];
        if ready.is_empty() {
            ready.extend_from_slice(&template.canonical_tail);
            pad(ready, key_end % BLOCK + template.canonical_tail.len());
        }
        self.canonical.extend_from_slice(ready);
        let bits = (key_end + template.canonical_tail.len()) as u64 * 8;
        let end = self.canonical.len();
        self.canonical[end - 8..].copy_from_slice(&bits.to_be_bytes());

        // Step 2: write the hash of the canonical request into the string to sign.
        let hash = digest(INITIAL, &self.canonical);
        write_hex(hash, &mut self.sts[self.hash_at..]);
        // Step 3: compute the signature of the string to sign.
        let signature = template.hmac.finish(&self.sts);

        // Step 4: write the URL, which ends with the signature. The canonical request already contains
        // the encoded key, so the URL copies the key from there.
        let encoded = &self.canonical[key_at..key_end];
        let url_head = &template.url_head[..template.url_head.len() - drop];
        out.extend_from_slice(url_head);
        out.extend_from_slice(encoded);
        out.extend_from_slice(&template.url_tail);
        let mut hex = [0; HEX_DIGEST];
        write_hex(signature, &mut hex);
        out.extend_from_slice(&hex);
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Template(secret)")
    }
}

/// HMAC-SHA-256 that has already hashed the key pads and the unchanging start of the message, which saves
/// two compressions per URL.
#[derive(Clone)]
struct Hmac {
    inner: [u32; 8],
    outer: [u32; 8],
}

impl Hmac {
    /// `prefix` is the start of the message: a whole number of blocks.
    fn new(key: &SigningKey, prefix: &[u8]) -> Self {
        let start = |pad_byte: u8| {
            let mut block = [pad_byte; BLOCK];
            for (byte, key_byte) in block.iter_mut().zip(key.bytes()) {
                *byte ^= key_byte;
            }
            let mut state = INITIAL;
            compress256(&mut state, &[block]);
            block.zeroize();
            state
        };
        let mut inner = start(0x36);
        compress256(&mut inner, prefix.as_chunks().0);
        Hmac {
            inner,
            outer: start(0x5c),
        }
    }

    /// Signs the prefix followed by `rest`, the padded end of the message.
    fn finish(&self, rest: &[u8]) -> [u32; 8] {
        // The outer message is the key pad and the inner digest. The digest and the padding, which
        // never changes, together fill one block.
        const OUTER: [u8; BLOCK] = {
            let mut block = [0; BLOCK];
            block[32] = 0x80;
            // The message length: (64 + 32) * 8 bits.
            [block[62], block[63]] = 768_u16.to_be_bytes();
            block
        };
        let mut block = OUTER;
        block[..32].copy_from_slice(&to_bytes(digest(self.inner, rest)));
        digest(self.outer, &block)
    }
}

impl Drop for Hmac {
    /// Wipes both states, because either is as secret as the signing key.
    fn drop(&mut self) {
        self.inner.zeroize();
        self.outer.zeroize();
    }
}

/// The initial hash value of SHA-256 (FIPS 180-4, section 5.3.3).
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// Hashes whole blocks, starting from `state`.
fn digest(mut state: [u32; 8], blocks: &[u8]) -> [u32; 8] {
    compress256(&mut state, blocks.as_chunks().0);
    state
}

/// The digest as bytes, most significant byte of each word first.
fn to_bytes(digest: [u32; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (four, word) in bytes.as_chunks_mut().0.iter_mut().zip(digest) {
        *four = word.to_be_bytes();
    }
    bytes
}

/// Appends SHA-256's padding for a message of `length` bytes. `buffer` ends where the message ends.
fn pad(buffer: &mut Vec<u8>, length: usize) {
    const ZEROES: [u8; BLOCK] = [0; BLOCK];
    buffer.push(0x80);
    let zeroes = (BLOCK - (length + 9) % BLOCK) % BLOCK;
    buffer.extend_from_slice(&ZEROES[..zeroes]);
    let bits = length as u64 * 8;
    buffer.extend_from_slice(&bits.to_be_bytes());
}

/// Writes eight hex digits at a time in one 64-bit word, without a table or a branch.
///
/// A loop over bytes is as fast in a program that is optimized for speed, but three times slower in
/// a program that is optimized for size at link time, such as `s3-secure-bucket`.
fn write_hex(digest: [u32; 8], out: &mut [u8]) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    for (eight, word) in out.as_chunks_mut().0.iter_mut().zip(digest) {
        // Spread the eight nibbles over the eight bytes of the word. Each line halves the distance by
        // which it moves them.
        let x = u64::from(word);
        let x = (x & 0xffff_0000) << 16 | x & 0xffff;
        let x = (x & 0x0000_ff00_0000_ff00) << 8 | x & 0x0000_00ff_0000_00ff;
        let x = (x & 0x00f0_00f0_00f0_00f0) << 4 | x & 0x000f_000f_000f_000f;
        // Adding 6 to a nibble above 9 sets bit 4. A nibble above 9 becomes a letter, and in ASCII
        // the letters begin 39 places after the character that follows `9`.
        let letters = (x + 6 * ONES) >> 4 & ONES;
        let digits = x + u64::from(b'0') * ONES + letters * 39;
        *eight = digits.to_be_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing_key::Scope;
    use sha2::{Digest, Sha256};

    #[test]
    fn padding_and_hashing_match_sha2_at_every_length() {
        for length in 0..200 {
            let message: Vec<u8> = (0..length)
                .map(|i| u8::try_from(i % 251).unwrap())
                .collect();
            let mut padded = message.clone();
            pad(&mut padded, length);
            assert_eq!(padded.len() % BLOCK, 0);
            assert_eq!(
                to_bytes(digest(INITIAL, &padded)),
                <[u8; 32]>::from(Sha256::digest(&message)),
                "{length}"
            );
        }
    }

    #[test]
    fn hmac_with_a_prefix_matches_the_hmac_crate_at_every_length() {
        let key = SigningKey::derive("secret", &Scope::s3("20130524T000000Z", "us-east-1"));
        for length in 0..200 {
            let message = vec![b'x'; length];
            let whole = length / BLOCK * BLOCK;
            let mut rest = message[whole..].to_vec();
            pad(&mut rest, BLOCK + length);
            let mut hex = [0; HEX_DIGEST];
            write_hex(Hmac::new(&key, &message[..whole]).finish(&rest), &mut hex);
            assert_eq!(
                String::from_utf8_lossy(&hex),
                key.sign(&message),
                "{length}"
            );
        }
    }
}
