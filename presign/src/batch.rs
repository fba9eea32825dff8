//! The hot path: one presigned URL after another, at the speed of SHA-256.
//!
//! A URL costs about eight SHA-256 compressions and the copy of its bytes; nothing else should show.
//! Each trick below says what it saves. One core signs some two million URLs a second with them; the
//! plain way (`format!`, `Hmac`, `hex::encode`) a fifth of that. A single URL takes the same path.
//!
//! ```text
//! canonical request  = head ‖ key ‖ tail          hashed whole, the key being in front of the tail   5-6
//! string to sign     = first blocks ‖ rest ‖ hash   first blocks are the same for all: hashed once     2
//! signature          = HMAC(key, string to sign)   both key pads are the same for all: hashed once    1
//! ```

use crate::encode;
use crate::signing_key::SigningKey;
use sha2::block_api::compress256;
use std::fmt;
use zeroize::Zeroize;

/// SHA-256 works on blocks of this many bytes.
const BLOCK: usize = 64;
/// A digest in hex.
pub(crate) const HEX_DIGEST: usize = 64;

/// All that URLs of one batch share, worked out once.
#[derive(Clone)]
pub(crate) struct Template {
    /// `GET\n`, then `/` or `/bucket/`: the canonical request as far as the key.
    pub(crate) canonical_head: Vec<u8>,
    /// The canonical request from behind the key.
    pub(crate) canonical_tail: Vec<u8>,
    /// `https://host/` or `https://host/bucket/`.
    pub(crate) url_head: Vec<u8>,
    /// `?query&X-Amz-Signature=`.
    pub(crate) url_tail: Vec<u8>,
    /// `true` in path style: an empty key is the bucket, written without the slash behind it.
    pub(crate) bucket_in_path: bool,
    /// The string to sign, as far as the hash.
    pub(crate) sts_head: Vec<u8>,
    /// Signs it.
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
            // The hash stands last in the string to sign, so all whole blocks before it are hashed
            // here: one compression less for each URL.
            hmac: Hmac::new(key, &sts_head[..whole_blocks]),
            sts_head,
        }
    }

    /// Where the path ends if there is no key to follow: before the slash behind the bucket.
    pub(crate) fn slash_to_drop(&self, key: &[u8]) -> usize {
        usize::from(key.is_empty() && self.bucket_in_path)
    }
}

/// The texts of a [`Template`].
pub(crate) struct Parts {
    pub(crate) canonical_head: Vec<u8>,
    pub(crate) canonical_tail: Vec<u8>,
    pub(crate) url_head: Vec<u8>,
    pub(crate) url_tail: Vec<u8>,
    pub(crate) bucket_in_path: bool,
}

/// Makes URLs of one [`crate::Presigner`], reusing its buffers: no allocation for a URL.
#[derive(Debug, Clone)]
pub struct Batch<'a> {
    template: &'a Template,
    /// The canonical request with SHA-256's padding, whole blocks.
    canonical: Vec<u8>,
    /// The canonical tail with the padding behind it, by the place in a block at which it begins.
    tails: [Vec<u8>; BLOCK],
    /// The last blocks of the string to sign, padded; only the hash in them changes.
    sts: Vec<u8>,
    /// Where in `sts` the hash stands.
    hash_at: usize,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(template: &'a Template) -> Self {
        let hash_at = template.sts_head.len() % BLOCK;
        let mut sts = template.sts_head[template.sts_head.len() - hash_at..].to_vec();
        sts.resize(hash_at + HEX_DIGEST, b'0');
        // HMAC's inner message begins with the key pad, a block of its own.
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

    /// Appends the URL for `key` to `out`; an empty key presigns the bucket itself.
    pub fn push_url(&mut self, out: &mut Vec<u8>, key: &[u8]) {
        let template = self.template;
        let drop = template.slash_to_drop(key);

        // One buffer and one call over all its blocks: streaming into a hasher piece by piece
        // costs a fifth more. The head stays in it, but for the slash at its end.
        let slash = template.canonical_head.len() - 1;
        self.canonical.truncate(slash);
        if drop == 0 {
            self.canonical.push(b'/');
        }
        let key_at = self.canonical.len();
        encode::push_path(&mut self.canonical, key);
        let key_end = self.canonical.len();
        // The padding depends on where in a block the tail begins and so do the tails kept ready;
        // only the length behind it differs. One copy in place of four small steps.
        let ready = &mut self.tails[key_end % BLOCK];
        if ready.is_empty() {
            ready.extend_from_slice(&template.canonical_tail);
            pad(ready, key_end % BLOCK + template.canonical_tail.len());
        }
        self.canonical.extend_from_slice(ready);
        let bits = (key_end + template.canonical_tail.len()) as u64 * 8;
        let end = self.canonical.len();
        self.canonical[end - 8..].copy_from_slice(&bits.to_be_bytes());

        let hash = digest(INITIAL, &self.canonical);
        write_hex(hash, &mut self.sts[self.hash_at..]);
        let signature = template.hmac.finish(&self.sts);

        // The key is encoded once: the URL takes it from the canonical request.
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

/// HMAC-SHA-256 with everything hashed that comes before the part that changes: two compressions
/// of key pads less for each URL.
#[derive(Clone)]
struct Hmac {
    inner: [u32; 8],
    outer: [u32; 8],
}

impl Hmac {
    /// `prefix` is whole blocks.
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

    /// `rest` is the end of the message, padded.
    fn finish(&self, rest: &[u8]) -> [u32; 8] {
        // The outer message is a block of key pad and the inner digest: one block, whose padding
        // never changes.
        const OUTER: [u8; BLOCK] = {
            let mut block = [0; BLOCK];
            block[32] = 0x80;
            // (64 + 32) * 8 bits.
            [block[62], block[63]] = 768_u16.to_be_bytes();
            block
        };
        let mut block = OUTER;
        block[..32].copy_from_slice(&to_bytes(digest(self.inner, rest)));
        digest(self.outer, &block)
    }
}

impl Drop for Hmac {
    /// They sign as well as the key does.
    fn drop(&mut self) {
        self.inner.zeroize();
        self.outer.zeroize();
    }
}

/// SHA-256's first state (FIPS 180-4, 5.3.3).
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

/// Hashes whole blocks, on from `state`.
fn digest(mut state: [u32; 8], blocks: &[u8]) -> [u32; 8] {
    compress256(&mut state, blocks.as_chunks().0);
    state
}

/// A digest as SHA-256 defines it.
fn to_bytes(digest: [u32; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (four, word) in bytes.as_chunks_mut().0.iter_mut().zip(digest) {
        *four = word.to_be_bytes();
    }
    bytes
}

/// SHA-256's padding for a message of `length` bytes, of which `buffer` is the end.
fn pad(buffer: &mut Vec<u8>, length: usize) {
    const ZEROES: [u8; BLOCK] = [0; BLOCK];
    buffer.push(0x80);
    let zeroes = (BLOCK - (length + 9) % BLOCK) % BLOCK;
    buffer.extend_from_slice(&ZEROES[..zeroes]);
    let bits = length as u64 * 8;
    buffer.extend_from_slice(&bits.to_be_bytes());
}

/// Eight digits at a time, in one 64-bit word: no table, no branch, nothing that depends on what the
/// compiler makes of a loop. (A loop over bytes is as fast in a program built for speed, and three
/// times slower in ours, which the linker optimises for size.)
fn write_hex(digest: [u32; 8], out: &mut [u8]) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    for (eight, word) in out.as_chunks_mut().0.iter_mut().zip(digest) {
        // Each of the eight nibbles into a byte of its own, by halves.
        let x = u64::from(word);
        let x = (x & 0xffff_0000) << 16 | x & 0xffff;
        let x = (x & 0x0000_ff00_0000_ff00) << 8 | x & 0x0000_00ff_0000_00ff;
        let x = (x & 0x00f0_00f0_00f0_00f0) << 4 | x & 0x000f_000f_000f_000f;
        // 6 more carries a nibble above 9 into the next bit: those are letters, 39 further on.
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
    fn padding_and_hashing_agree_with_the_library_at_every_length() {
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
    fn the_hmac_with_a_prefix_agrees_with_the_library_at_every_length() {
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
