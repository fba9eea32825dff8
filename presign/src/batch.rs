//! Signs many URLs that differ only in the key. This is the hot path of bulk presigning.
//!
//! Signing one URL takes about eight SHA-256 compressions and one copy of the URL's bytes; all
//! other work should be too short to measure. A comment at each optimization in this module states
//! the time that it saves. With the optimizations of this module, one core signs about two million
//! URLs per second; code that uses `format!`, `Hmac` and `hex::encode` signs a fifth as many. The
//! same code signs a single URL.
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

/// The parts that are equal in all URLs of a batch, so that they are computed only once.
#[derive(Clone)]
pub(crate) struct Template {
    /// The part of the canonical request before the key: the method, a newline, and `/` or
    /// `/bucket/`.
    pub(crate) canonical_head: Vec<u8>,
    /// The part of the canonical request after the key.
    pub(crate) canonical_tail: Vec<u8>,
    /// The part of the URL before the key: `https://host/` or `https://host/bucket/`.
    pub(crate) url_head: Vec<u8>,
    /// `?query&X-Amz-Signature=`.
    pub(crate) url_tail: Vec<u8>,
    /// Whether the URL uses path style. In path style, the URL of the bucket itself (an empty key)
    /// has no slash after the bucket name.
    pub(crate) bucket_in_path: bool,
    /// The part of the string to sign before the hash of the canonical request.
    pub(crate) sts_head: Vec<u8>,
    /// The HMAC that signs the string to sign, after hashing the complete blocks of `sts_head`.
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
            // Only the hash at the end of the string to sign differs between the URLs. Hashing the
            // complete blocks before that hash once saves one compression per URL.
            hmac: Hmac::new(key, &sts_head[..whole_blocks]),
            sts_head,
        }
    }

    /// Returns the number of bytes to remove from the ends of `canonical_head` and `url_head`: 1
    /// (the slash after the bucket name) if the key is empty and the path contains the bucket, else
    /// 0.
    pub(crate) fn slash_to_drop(&self, key: &[u8]) -> usize {
        usize::from(key.is_empty() && self.bucket_in_path)
    }
}

/// The arguments of [`Template::new`] that become fields with the same names.
pub(crate) struct Parts {
    pub(crate) canonical_head: Vec<u8>,
    pub(crate) canonical_tail: Vec<u8>,
    pub(crate) url_head: Vec<u8>,
    pub(crate) url_tail: Vec<u8>,
    pub(crate) bucket_in_path: bool,
}

/// Signs URLs for one [`crate::Presigner`]. A batch reuses its buffers, so signing a URL allocates
/// no memory.
#[derive(Debug, Clone)]
pub struct Batch<'a> {
    template: &'a Template,
    /// The canonical request with SHA-256's padding, whose total length is a multiple of the block
    /// size.
    canonical: Vec<u8>,
    /// The canonical tail followed by the padding, once for each possible offset of the tail within
    /// a block. The index in this array is that offset.
    tails: [Vec<u8>; BLOCK],
    /// The last blocks of the string to sign, with SHA-256's padding. Only the hash of the
    /// canonical request differs between the URLs.
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

    /// Does the same as [`push_url`](Self::push_url) for a key whose length the caller has checked.
    /// [`crate::stream`] passes bytes, because an [`ObjectKey`] would need one allocation per key.
    pub(crate) fn push_url_of_bytes(&mut self, out: &mut Vec<u8>, key: &[u8]) {
        let template = self.template;
        let drop = template.slash_to_drop(key);

        // Step 1: write the canonical request into one buffer and hash the buffer in one call,
        // because passing the parts to a hasher one by one takes a fifth longer. The buffer keeps
        // the head of the canonical request, without the slash at its end, for the next URL.
        let last = template.canonical_head.len() - 1;
        self.canonical.truncate(last);
        if drop == 0 {
            self.canonical.push(template.canonical_head[last]);
        }
        let key_at = self.canonical.len();
        encode::push_path(&mut self.canonical, key);
        let key_end = self.canonical.len();
        // The padding depends only on the tail's offset within a block and on the length of the
        // message. The code therefore prepares one padded tail for each offset, copies the tail,
        // and then overwrites the length. One copy is faster than four small writes.
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

        // Step 4: write the URL, which ends with the signature. The canonical request already
        // contains the encoded key, so this step copies the key from the canonical request.
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

/// The state of an HMAC-SHA-256 after the key pads and the constant start of the message. Storing
/// the HMAC state saves two compressions per URL.
#[derive(Clone)]
struct Hmac {
    inner: [u32; 8],
    outer: [u32; 8],
}

impl Hmac {
    /// Hashes the key pads and `prefix`, the constant start of the message. The length of `prefix`
    /// must be a multiple of the block size.
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

    /// Returns the HMAC of the message that consists of the prefix and `rest`, the padded end of
    /// the message.
    fn finish(&self, rest: &[u8]) -> [u32; 8] {
        // The outer message consists of the key pad and the inner digest. The inner digest and the
        // padding together fill one block, and the padding is constant.
        const OUTER: [u8; BLOCK] = {
            let mut block = [0; BLOCK];
            block[32] = 0x80;
            // The length of the outer message is (64 + 32) * 8 bits.
            [block[62], block[63]] = 768_u16.to_be_bytes();
            block
        };
        let mut block = OUTER;
        block[..32].copy_from_slice(&to_bytes(digest(self.inner, rest)));
        digest(self.outer, &block)
    }
}

impl Drop for Hmac {
    /// Zeroes both hash states, because an attacker could sign with them as with the signing key.
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

/// Continues SHA-256 from `state` over `blocks`, whose length must be a multiple of the block size.
fn digest(mut state: [u32; 8], blocks: &[u8]) -> [u32; 8] {
    compress256(&mut state, blocks.as_chunks().0);
    state
}

/// Converts a digest from words to bytes, in big-endian order.
fn to_bytes(digest: [u32; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (four, word) in bytes.as_chunks_mut().0.iter_mut().zip(digest) {
        *four = word.to_be_bytes();
    }
    bytes
}

/// Appends SHA-256's padding for a message of `length` bytes to `buffer`, which contains the end of
/// that message.
fn pad(buffer: &mut Vec<u8>, length: usize) {
    const ZEROES: [u8; BLOCK] = [0; BLOCK];
    buffer.push(0x80);
    let zeroes = (BLOCK - (length + 9) % BLOCK) % BLOCK;
    buffer.extend_from_slice(&ZEROES[..zeroes]);
    let bits = length as u64 * 8;
    buffer.extend_from_slice(&bits.to_be_bytes());
}

/// Writes a digest as hex digits: eight digits at a time in one 64-bit word, without a lookup table
/// and without branches.
///
/// A simple loop over the bytes is equally fast if the compiler optimizes for speed. If the linker
/// optimizes for size, as in `s3-secure-bucket`, the simple loop is three times slower.
fn write_hex(digest: [u32; 8], out: &mut [u8]) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    for (eight, word) in out.as_chunks_mut().0.iter_mut().zip(digest) {
        // The next lines spread the eight nibbles over the eight bytes of the word. Each line moves
        // nibbles half as far as the line before.
        let x = u64::from(word);
        let x = (x & 0xffff_0000) << 16 | x & 0xffff;
        let x = (x & 0x0000_ff00_0000_ff00) << 8 | x & 0x0000_00ff_0000_00ff;
        let x = (x & 0x00f0_00f0_00f0_00f0) << 4 | x & 0x000f_000f_000f_000f;
        // Adding 6 to a nibble above 9 sets bit 4, which marks the nibbles that become letters. In
        // ASCII, `a` is 39 places after the character that follows `9`.
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
