//! Bulk presigning: keys in, URLs out, in the same order, in constant memory.
//!
//! One thread reads and signs as fast as SHA-256 goes. More of them take whole pieces of the input
//! in turn and give them back in turn, so the order needs no sorting.

use crate::{Batch, ObjectKey, Presigner};
use std::fmt;
use std::io::{self, Read, Write};
use std::panic::resume_unwind;
use std::sync::mpsc;
use std::thread;

/// How keys come in and URLs go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What stands behind each key: a newline, or NUL.
    pub separator: u8,
    /// Put before each key.
    pub prefix: Vec<u8>,
    /// How many threads sign.
    pub jobs: usize,
    /// What surrounds a URL.
    pub line: Line,
}

/// What surrounds a URL in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Nothing.
    Text,
    /// `before`, the key as a JSON string, `between`, the URL, `after`.
    Json {
        /// Up to the key.
        before: String,
        /// Between key and URL.
        between: &'static str,
        /// Behind the URL.
        after: String,
    },
}

/// Input is read in pieces of this size, cut at the last separator. A piece becomes some ten times
/// as many bytes of URLs.
const PIECE: usize = 32 << 10;

/// Signs every key of `input`; `progress` is told the number of URLs after each piece.
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

/// A piece of the input. It goes from the reader to a worker, to the writer, and back to the reader
/// with its buffers: to allocate them for each piece costs system calls.
#[derive(Default)]
struct Piece {
    keys: Vec<u8>,
    signed: Signed,
}

/// One thread reads, `options.jobs` threads sign, this one writes.
///
/// Reader and workers are on their own: when writing has failed nobody waits for a read that may
/// never end, of a pipe that is kept open, say. They end when they find that nobody listens.
fn sign_on_threads(
    presigner: &Presigner,
    mut input: impl Read + Send + 'static,
    emitter: &mut Emitter<'_>,
    options: &Options,
) -> Result<(), Error> {
    let worker = |_| {
        // One piece waits before a worker and one behind it: that keeps it busy, and pieces are all
        // the memory there is. With two, they no longer fit into the cache.
        let (to_worker, pieces) = mpsc::sync_channel::<Piece>(1);
        let (done, from_worker) = mpsc::sync_channel(1);
        let (presigner, options) = (presigner.clone(), options.clone());
        thread::spawn(move || {
            let mut signer = Signer::new(&presigner, &options);
            for mut piece in pieces {
                signer.sign(&piece.keys, &mut piece.signed);
                if done.send(piece).is_err() {
                    return;
                }
            }
        });
        (to_worker, from_worker)
    };
    let (to_workers, from_workers): (Vec<_>, Vec<_>) = (0..options.jobs).map(worker).unzip();
    let (to_reader, written) = mpsc::channel::<Piece>();
    let separator = options.separator;
    let reader = thread::spawn(move || {
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
    // In turn, so the first that has nothing more is the end.
    for worker in from_workers.iter().cycle() {
        let Ok(piece) = worker.recv() else { break };
        emitter.emit(&piece.signed)?;
        // A reader that has ended needs no piece.
        let _ = to_reader.send(piece);
    }
    let read = reader.join();
    read.unwrap_or_else(|panic| resume_unwind(panic))
}

/// Writes what was signed, and keeps count.
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

/// Cuts the input at separators; `take` says whether to go on.
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
            // The last key need not have a separator behind it; a key that fills the whole piece
            // is too long, and is signed to be told so.
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

/// A piece, signed: the lines before the first bad key.
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

    /// Signs the keys of a piece; what `signed` held before is overwritten.
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
            Line::Text => self.batch.push_url(lines, key),
            Line::Json {
                before,
                between,
                after,
            } => {
                lines.extend_from_slice(before.as_bytes());
                let text = String::from_utf8_lossy(key);
                serde_json::to_writer(&mut *lines, &text).expect("a Vec takes all");
                lines.extend_from_slice(between.as_bytes());
                self.batch.push_url(lines, key);
                lines.extend_from_slice(after.as_bytes());
            }
        }
        lines.push(b'\n');
        Ok(())
    }
}

/// Why a key is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadKey {
    /// There is nothing between two separators.
    Empty,
    /// It has more than 1024 bytes, the prefix included.
    TooLong,
}

/// Why not every key became a URL.
#[derive(Debug)]
pub enum Error {
    /// The input cannot be read.
    Read(io::Error),
    /// The output cannot be written.
    Write {
        /// Why.
        error: io::Error,
        /// URLs written before, as far as is known.
        written: u64,
    },
    /// A key is none.
    BadKey {
        /// Which, from 1.
        number: u64,
        /// URLs written before it: all.
        written: u64,
        /// Why.
        why: BadKey,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => write!(f, "the keys cannot be read: {error}"),
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
                    BadKey::Empty => "it is empty",
                    BadKey::TooLong => "it has more than 1024 bytes",
                };
                write!(
                    f,
                    "line {number} is not a key: {why}; {written} URLs were written before it"
                )
            }
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests;
