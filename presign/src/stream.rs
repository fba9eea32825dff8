//! Bulk presigning: reads keys and writes their URLs in the same order, in constant memory.
//!
//! With one job, a single thread reads, signs and writes. With several jobs, a reader passes chunks
//! of the input to the signing threads in a fixed cyclic order. The writer collects the signed
//! chunks in the same cyclic order, so the URLs have the order of the keys without sorting.

use crate::uri::has_dot_segments;
use crate::{Batch, ObjectKey, Presigner};
use std::fmt;
use std::io::{self, Read, Write};
use std::panic::resume_unwind;
use std::sync::mpsc;
use std::thread;

/// The format of the input and the output, and the number of threads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The byte that ends each key: a newline, or a NUL byte for keys that contain newlines.
    pub separator: u8,
    /// A prefix that is put before each key.
    pub prefix: Vec<u8>,
    /// The number of threads that sign. With more than one signing thread, an additional thread
    /// reads the keys, and the calling thread writes the URLs.
    pub jobs: usize,
    /// The format of an output line.
    pub line: Line,
}

impl Default for Options {
    /// Reads one key per line, writes one URL per line, and uses one thread.
    fn default() -> Self {
        Options {
            separator: b'\n',
            prefix: Vec::new(),
            jobs: 1,
            line: Line::Text,
        }
    }
}

/// The format of an output line. Each line ends with a newline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// The URL alone.
    Text,
    /// Each line is a JSON document that consists of `before`, the key as a JSON string, `between`,
    /// the URL and `after`.
    Json {
        /// The text before the key.
        before: String,
        /// The text between the key and the URL.
        between: &'static str,
        /// The text after the URL.
        after: String,
    },
}

/// What [`run`] wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// The number of URLs.
    pub written: u64,
    /// The number of keys with `.` or `..` segments, as of [`ObjectKey::has_dot_segments`].
    pub dot_segments: u64,
}

/// The maximum size of one chunk of the input, in bytes. A chunk ends at its last separator. The
/// URLs of a chunk are about ten times as large as the chunk.
const CHUNK: usize = 32 << 10;

/// Signs every key of `input`, writes one line per URL to `output`, and counts the URLs.
///
/// After each chunk of the input, `run` calls `progress` with the number of URLs written so far.
///
/// # Errors
/// Fails if the input cannot be read, if the output cannot be written, or if a key is empty or
/// longer than 1024 bytes. If a key is invalid, the URLs of all keys before the invalid key have
/// been written.
pub fn run(
    presigner: &Presigner,
    mut input: impl Read + Send + 'static,
    mut output: impl Write,
    options: &Options,
    mut progress: impl FnMut(u64),
) -> Result<Summary, Error> {
    let mut emitter = Emitter {
        output: &mut output,
        progress: &mut progress,
        summary: Summary::default(),
    };
    if options.jobs > 1 {
        sign_on_threads(presigner, input, &mut emitter, options)?;
        return Ok(emitter.summary);
    }
    let mut signer = Signer::new(presigner, options);
    let mut urls = Signed::default();
    chunks(&mut input, options.separator, |keys| {
        signer.sign(keys, &mut urls);
        emitter.emit(&urls)?;
        Ok(true)
    })?;
    Ok(emitter.summary)
}

/// A chunk of the input and its signed lines. The reader sends a chunk to a worker, the worker
/// sends the chunk to the writer, and the writer returns the chunk to the reader. The reader reuses
/// the buffers of a chunk, because allocating new buffers costs system calls.
#[derive(Default)]
struct Chunk {
    keys: Vec<u8>,
    signed: Signed,
}

/// Signs on `options.jobs` threads. An additional thread reads the input, and the calling thread
/// writes the output.
///
/// If writing fails, this function does not wait for the reader thread, because a read from an open
/// pipe may never return. The reader thread and the workers end when their channels are
/// disconnected.
fn sign_on_threads(
    presigner: &Presigner,
    mut input: impl Read + Send + 'static,
    emitter: &mut Emitter<'_>,
    options: &Options,
) -> Result<(), Error> {
    let worker = |_| {
        // Each worker has an input channel and an output channel with room for one chunk, so the
        // worker rarely waits. If each channel had room for two chunks, the chunks would no longer
        // fit into the CPU cache.
        let (to_worker, chunks) = mpsc::sync_channel::<Chunk>(1);
        let (done, from_worker) = mpsc::sync_channel(1);
        let (presigner, options) = (presigner.clone(), options.clone());
        thread::Builder::new().spawn(move || {
            let mut signer = Signer::new(&presigner, &options);
            for mut chunk in chunks {
                signer.sign(&chunk.keys, &mut chunk.signed);
                if done.send(chunk).is_err() {
                    return;
                }
            }
        })?;
        Ok((to_worker, from_worker))
    };
    let workers: io::Result<Vec<_>> = (0..options.jobs).map(worker).collect();
    let (to_workers, from_workers): (Vec<_>, Vec<_>) =
        workers.map_err(Error::Thread)?.into_iter().unzip();
    let (to_reader, written) = mpsc::channel::<Chunk>();
    let separator = options.separator;
    let reader = thread::Builder::new().spawn(move || {
        let mut turns = to_workers.iter().cycle();
        chunks(&mut input, separator, |keys| {
            let mut chunk = written.try_recv().unwrap_or_default();
            chunk.keys.clear();
            chunk.keys.extend_from_slice(keys);
            Ok(turns
                .next()
                .is_some_and(|worker| worker.send(chunk).is_ok()))
        })
    });
    let reader = reader.map_err(Error::Thread)?;
    // The reader sends chunks to the workers in a fixed order, so the output ends at the first
    // worker that has no further chunk.
    for worker in from_workers.iter().cycle() {
        let Ok(chunk) = worker.recv() else { break };
        emitter.emit(&chunk.signed)?;
        // Sending fails only after the reader thread has ended, and then the reader needs no
        // buffers.
        let _ = to_reader.send(chunk);
    }
    let read = reader.join();
    read.unwrap_or_else(|panic| resume_unwind(panic))
}

/// Writes signed lines and counts the URLs.
struct Emitter<'a> {
    output: &'a mut dyn Write,
    progress: &'a mut dyn FnMut(u64),
    summary: Summary,
}

impl Emitter<'_> {
    fn emit(&mut self, signed: &Signed) -> Result<(), Error> {
        let Summary { written, .. } = self.summary;
        self.output
            .write_all(&signed.lines)
            .map_err(|error| Error::Write { error, written })?;
        self.summary.written += signed.count;
        self.summary.dot_segments += signed.dot_segments;
        if let Some(why) = signed.bad {
            return Err(Error::BadKey {
                number: self.summary.written + 1,
                written: self.summary.written,
                why,
            });
        }
        (self.progress)(self.summary.written);
        Ok(())
    }
}

/// Reads the input and passes chunks that end with a separator to `take`. Reading stops at the end
/// of the input, or when `take` returns `false`.
fn chunks(
    input: &mut impl Read,
    separator: u8,
    mut take: impl FnMut(&[u8]) -> Result<bool, Error>,
) -> Result<(), Error> {
    let mut buffer = vec![0; CHUNK];
    let mut filled = 0;
    loop {
        let read = match input.read(&mut buffer[filled..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other.map_err(Error::Read)?,
        };
        filled += read;
        let is_full = filled == buffer.len();
        let end = match memchr::memrchr(separator, &buffer[..filled]) {
            // The last key of the input may lack a separator. A key that fills a complete chunk is
            // too long. This function passes that key to `take`, because the signing code reports
            // the error.
            _ if read == 0 => filled,
            Some(at) => at + 1,
            None if is_full => filled,
            None => continue,
        };
        if end > 0 && !take(&buffer[..end])? {
            return Ok(());
        }
        if read == 0 {
            return Ok(());
        }
        buffer.copy_within(end..filled, 0);
        filled -= end;
    }
}

/// The result of signing a chunk: the lines of all keys before the first invalid key.
#[derive(Default)]
struct Signed {
    lines: Vec<u8>,
    count: u64,
    dot_segments: u64,
    bad: Option<BadKey>,
}

struct Signer<'a> {
    batch: Batch<'a>,
    options: &'a Options,
    key: Vec<u8>,
}

impl<'a> Signer<'a> {
    fn new(presigner: &'a Presigner, options: &'a Options) -> Self {
        Signer {
            batch: presigner.batch(),
            key: options.prefix.clone(),
            options,
        }
    }

    /// Signs the keys of a chunk and replaces the contents of `signed` with the result.
    fn sign(&mut self, keys: &[u8], signed: &mut Signed) {
        signed.lines.clear();
        signed.count = 0;
        signed.dot_segments = 0;
        signed.bad = None;
        let may_have_dots = self.may_have_dots(keys);
        let mut begin = 0;
        let whole = (!keys.ends_with(&[self.options.separator])).then_some(keys.len());
        for end in memchr::memchr_iter(self.options.separator, keys).chain(whole) {
            let name = &keys[begin..end];
            begin = end + 1;
            if let Err(why) = self.push_line(&mut signed.lines, name) {
                signed.bad = Some(why);
                return;
            }
            signed.count += 1;
            if may_have_dots && has_dot_segments(&[&self.options.prefix, name].concat()) {
                signed.dot_segments += 1;
            }
        }
    }

    /// Whether a key of a chunk can have dot segments. This check is cheap, because few chunks have a dot at the
    /// beginning of a segment.
    fn may_have_dots(&self, keys: &[u8]) -> bool {
        let begins_segment = |at: usize| {
            let before = keys.get(..at).and_then(<[u8]>::last);
            before.is_none_or(|&byte| byte == b'/' || byte == self.options.separator)
        };
        has_dot_segments(&self.options.prefix)
            || memchr::memchr_iter(b'.', keys).any(begins_segment)
    }

    fn push_line(&mut self, lines: &mut Vec<u8>, name: &[u8]) -> Result<(), BadKey> {
        let key = if self.options.prefix.is_empty() {
            name
        } else {
            self.key.truncate(self.options.prefix.len());
            self.key.extend_from_slice(name);
            &self.key
        };
        if name.is_empty() {
            return Err(BadKey::Empty);
        }
        if key.len() > ObjectKey::MAX_LEN {
            return Err(BadKey::TooLong);
        }
        match &self.options.line {
            Line::Text => self.batch.push_url_of_bytes(lines, key),
            Line::Json {
                before,
                between,
                after,
            } => {
                lines.extend_from_slice(before.as_bytes());
                let text = String::from_utf8_lossy(key);
                serde_json::to_writer(&mut *lines, &text).expect("writing to a Vec cannot fail");
                lines.extend_from_slice(between.as_bytes());
                self.batch.push_url_of_bytes(lines, key);
                lines.extend_from_slice(after.as_bytes());
            }
        }
        lines.push(b'\n');
        Ok(())
    }
}

/// The reason why a key is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadKey {
    /// The key is empty.
    Empty,
    /// The key has more than 1024 bytes, including the prefix.
    TooLong,
}

/// The reason why [`run`] stopped before the end of the input.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Reading the input failed.
    Read(io::Error),
    /// The operating system could not start another thread.
    Thread(io::Error),
    /// Writing the output failed.
    Write {
        /// The error of the writer.
        error: io::Error,
        /// The number of URLs in the chunks that were written completely before the error.
        written: u64,
    },
    /// A key is invalid.
    BadKey {
        /// The number of the key in the input, counted from 1.
        number: u64,
        /// The number of URLs written before the error, which is one for each earlier key.
        written: u64,
        /// The reason why the key is invalid.
        why: BadKey,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => write!(f, "the keys cannot be read: {error}"),
            Self::Thread(error) => write!(f, "no thread can be started: {error}"),
            Self::Write { error, written } => {
                write!(
                    f,
                    "the URLs cannot be written: {error}; {written} URLs were written before the error"
                )
            }
            Self::BadKey {
                number,
                written,
                why,
            } => {
                let why = match why {
                    BadKey::Empty => "is empty",
                    BadKey::TooLong => "has more than 1024 bytes",
                };
                write!(
                    f,
                    "the key in line {number} {why}; {written} URLs were written before the error"
                )
            }
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests;
