//! Bulk presigning: reads keys and writes their URLs in the same order, in constant memory.
//!
//! With one job, a single thread reads, signs and writes. With several jobs, a reader passes pieces of
//! the input to the signing threads in turn, and the writer collects the signed pieces in the same turn,
//! so the order is kept without sorting.

use crate::{Batch, ObjectKey, Presigner};
use std::fmt;
use std::io::{self, Read, Write};
use std::panic::resume_unwind;
use std::sync::mpsc;
use std::thread;

/// The format of the input and the output, and the number of threads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The byte that ends each key: a newline, or NUL for keys that contain newlines.
    pub separator: u8,
    /// A prefix that is added to each key.
    pub prefix: Vec<u8>,
    /// How many threads sign. With more than one signing thread, another thread reads the keys, and the
    /// calling thread writes the URLs.
    pub jobs: usize,
    /// The form of an output line.
    pub line: Line,
}

impl Default for Options {
    /// One key a line, one URL a line, one thread.
    fn default() -> Self {
        Options {
            separator: b'\n',
            prefix: Vec::new(),
            jobs: 1,
            line: Line::Text,
        }
    }
}

/// The form of an output line, which always ends with a newline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// The URL alone.
    Text,
    /// A JSON document: `before`, the key as a JSON string, `between`, the URL, `after`.
    Json {
        /// The text before the key.
        before: String,
        /// The text between the key and the URL.
        between: &'static str,
        /// The text after the URL.
        after: String,
    },
}

/// The largest piece of input, in bytes. A piece ends at its last separator, and its URLs take about ten
/// times as many bytes.
const PIECE: usize = 32 << 10;

/// Signs every key of `input` and writes the URLs to `output`, one per line. Returns the number of URLs.
///
/// After each piece of the input, `progress` receives the number of URLs written so far.
///
/// # Errors
/// [`Error`] if the input cannot be read, the output cannot be written, or a key is empty or longer than
/// 1024 bytes. The URLs of all keys before an invalid key are written.
pub fn run(
    presigner: &Presigner,
    mut input: impl Read + Send + 'static,
    mut output: impl Write,
    options: &Options,
    mut progress: impl FnMut(u64),
) -> Result<u64, Error> {
    let mut emitter = Emitter {
        output: &mut output,
        progress: &mut progress,
        written: 0,
    };
    if options.jobs > 1 {
        sign_on_threads(presigner, input, &mut emitter, options)?;
        return Ok(emitter.written);
    }
    let mut signer = Signer::new(presigner, options);
    let mut urls = Signed::default();
    pieces(&mut input, options.separator, |keys| {
        signer.sign(keys, &mut urls);
        emitter.emit(&urls)?;
        Ok(true)
    })?;
    Ok(emitter.written)
}

/// A piece of the input. A piece passes from the reader to a worker, to the writer, and back to the
/// reader. The reader reuses the buffers, because allocating new ones for each piece costs system calls.
#[derive(Default)]
struct Piece {
    keys: Vec<u8>,
    signed: Signed,
}

/// Signs on `options.jobs` threads. A further thread reads, and the calling thread writes.
///
/// If writing fails, this function returns without joining the reader, because a read from an open pipe
/// may never return. The reader and the workers end when their channels are disconnected.
fn sign_on_threads(
    presigner: &Presigner,
    mut input: impl Read + Send + 'static,
    emitter: &mut Emitter<'_>,
    options: &Options,
) -> Result<(), Error> {
    let worker = |_| {
        // One piece waits before each worker and one after it, which keeps the worker busy.
        // With two pieces waiting on each side, the pieces no longer fit into the CPU cache.
        let (to_worker, pieces) = mpsc::sync_channel::<Piece>(1);
        let (done, from_worker) = mpsc::sync_channel(1);
        let (presigner, options) = (presigner.clone(), options.clone());
        thread::Builder::new().spawn(move || {
            let mut signer = Signer::new(&presigner, &options);
            for mut piece in pieces {
                signer.sign(&piece.keys, &mut piece.signed);
                if done.send(piece).is_err() {
                    return;
                }
            }
        })?;
        Ok((to_worker, from_worker))
    };
    let workers: io::Result<Vec<_>> = (0..options.jobs).map(worker).collect();
    let (to_workers, from_workers): (Vec<_>, Vec<_>) =
        workers.map_err(Error::Thread)?.into_iter().unzip();
    let (to_reader, written) = mpsc::channel::<Piece>();
    let separator = options.separator;
    let reader = thread::Builder::new().spawn(move || {
        let mut turns = to_workers.iter().cycle();
        pieces(&mut input, separator, |keys| {
            let mut piece = written.try_recv().unwrap_or_default();
            piece.keys.clear();
            piece.keys.extend_from_slice(keys);
            Ok(turns
                .next()
                .is_some_and(|worker| worker.send(piece).is_ok()))
        })
    });
    let reader = reader.map_err(Error::Thread)?;
    // The reader fills the workers in turn, so the first worker without a piece marks the end.
    for worker in from_workers.iter().cycle() {
        let Ok(piece) = worker.recv() else { break };
        emitter.emit(&piece.signed)?;
        // Sending fails only if the reader has ended, and an ended reader needs no buffers.
        let _ = to_reader.send(piece);
    }
    let read = reader.join();
    read.unwrap_or_else(|panic| resume_unwind(panic))
}

/// Writes signed lines and counts the URLs.
struct Emitter<'a> {
    output: &'a mut dyn Write,
    progress: &'a mut dyn FnMut(u64),
    written: u64,
}

impl Emitter<'_> {
    fn emit(&mut self, signed: &Signed) -> Result<(), Error> {
        let written = self.written;
        self.output
            .write_all(&signed.lines)
            .map_err(|error| Error::Write { error, written })?;
        self.written += signed.count;
        if let Some(why) = signed.bad {
            return Err(Error::BadKey {
                number: self.written + 1,
                written: self.written,
                why,
            });
        }
        (self.progress)(self.written);
        Ok(())
    }
}

/// Reads the input and passes pieces to `take`, each cut after a separator. Stops at the end of the
/// input, or when `take` returns `false`.
fn pieces(
    input: &mut impl Read,
    separator: u8,
    mut take: impl FnMut(&[u8]) -> Result<bool, Error>,
) -> Result<(), Error> {
    let mut buffer = vec![0; PIECE];
    let mut filled = 0;
    loop {
        let read = match input.read(&mut buffer[filled..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other.map_err(Error::Read)?,
        };
        filled += read;
        let is_full = filled == buffer.len();
        let end = match memchr::memrchr(separator, &buffer[..filled]) {
            // The last key may lack a separator. A key that fills the whole piece is too long; it is
            // passed on so that signing reports it.
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

/// The result of signing a piece: the lines of all keys before the first invalid key.
#[derive(Default)]
struct Signed {
    lines: Vec<u8>,
    count: u64,
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

    /// Signs the keys of a piece and replaces the contents of `signed` with the result.
    fn sign(&mut self, keys: &[u8], signed: &mut Signed) {
        signed.lines.clear();
        signed.count = 0;
        signed.bad = None;
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
        }
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
                serde_json::to_writer(&mut *lines, &text).expect("writing to a Vec never fails");
                lines.extend_from_slice(between.as_bytes());
                self.batch.push_url_of_bytes(lines, key);
                lines.extend_from_slice(after.as_bytes());
            }
        }
        lines.push(b'\n');
        Ok(())
    }
}

/// Why a key is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadKey {
    /// The key is empty.
    Empty,
    /// The key has more than 1024 bytes, including the prefix.
    TooLong,
}

/// Why [`run`] stopped before the end of the input.
#[derive(Debug)]
pub enum Error {
    /// Reading the input failed.
    Read(io::Error),
    /// The system refused to start another thread.
    Thread(io::Error),
    /// Writing the output failed.
    Write {
        /// The error of the writer.
        error: io::Error,
        /// The number of URLs in pieces that were written completely before the error.
        written: u64,
    },
    /// A key is invalid.
    BadKey {
        /// The number of the key in the input, counted from 1.
        number: u64,
        /// The number of URLs written before it: one for each earlier key.
        written: u64,
        /// What is wrong with the key.
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
