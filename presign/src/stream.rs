//! Bulk presigning: keys in, URLs out, in the same order, in constant memory.
//!
//! One thread reads and signs as fast as SHA-256 goes. More of them take whole pieces of the input
//! in turn and give them back in turn, so the order needs no sorting.

use crate::{Batch, ObjectKey, Presigner};
use std::fmt;
use std::io::{self, Read, Write};
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
    if options.jobs <= 1 {
        let mut signer = Signer::new(presigner, options);
        let mut lines = Vec::new();
        pieces(&mut input, options.separator, |piece| {
            lines.clear();
            lines = emitter.emit(signer.sign(piece, std::mem::take(&mut lines)))?;
            Ok(true)
        })?;
        return Ok(emitter.written);
    }
    // Reader and workers are on their own: when writing has failed nobody waits for a read that may
    // never end, of a pipe that is kept open, say. They end when they find that nobody listens.
    let (senders, workers): (Vec<_>, Vec<_>) = (0..options.jobs)
        .map(|_| worker(presigner, options))
        .unzip();
    let separator = options.separator;
    let (finished, read) = mpsc::channel();
    thread::spawn(move || {
        let mut turn = 0;
        let result = pieces(&mut input, separator, |piece| {
            turn += 1;
            Ok(senders[(turn - 1) % senders.len()]
                .send(piece.to_vec())
                .is_ok())
        });
        // Said before the workers see the end, and so before anybody asks.
        let _ = finished.send(result);
        drop(senders);
    });
    for turn in 0.. {
        let worker: &Worker = &workers[turn % workers.len()];
        match worker.output.recv() {
            // Whoever has ended needs no buffer.
            Ok(signed) => drop(worker.buffers.send(emitter.emit(signed)?)),
            // In turn, so the first that has nothing more is the end.
            Err(mpsc::RecvError) => break,
        }
    }
    read.recv().unwrap_or(Ok(())).map(|()| emitter.written)
}

/// What comes from a thread that signs, and its buffers, back to be filled again.
struct Worker {
    output: mpsc::Receiver<Signed>,
    buffers: mpsc::Sender<Vec<u8>>,
}

/// A thread that signs pieces. Two wait at it: enough to keep it busy, and all the memory there is.
fn worker(presigner: &Presigner, options: &Options) -> (mpsc::SyncSender<Vec<u8>>, Worker) {
    let (to_worker, pieces) = mpsc::sync_channel::<Vec<u8>>(2);
    let (done, output) = mpsc::sync_channel(2);
    let (buffers, emptied) = mpsc::channel();
    let (presigner, options) = (presigner.clone(), options.clone());
    thread::spawn(move || {
        let mut signer = Signer::new(&presigner, &options);
        for piece in pieces {
            let mut lines: Vec<u8> = emptied.try_recv().unwrap_or_default();
            lines.clear();
            if done.send(signer.sign(&piece, lines)).is_err() {
                return;
            }
        }
    });
    (to_worker, Worker { output, buffers })
}

/// Writes what was signed, and keeps count.
struct Emitter<'a> {
    output: &'a mut dyn Write,
    progress: &'a mut dyn FnMut(u64),
    written: u64,
}

impl Emitter<'_> {
    /// Gives the buffer back.
    fn emit(&mut self, signed: Signed) -> Result<Vec<u8>, Error> {
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
        Ok(signed.lines)
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

    fn sign(&mut self, piece: &[u8], mut lines: Vec<u8>) -> Signed {
        let mut count = 0;
        let mut begin = 0;
        let whole = (!piece.ends_with(&[self.options.separator])).then_some(piece.len());
        for end in memchr::memchr_iter(self.options.separator, piece).chain(whole) {
            let name = &piece[begin..end];
            begin = end + 1;
            if let Err(why) = self.push_line(&mut lines, name) {
                let bad = Some(why);
                return Signed { lines, count, bad };
            }
            count += 1;
        }
        let bad = None;
        Signed { lines, count, bad }
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
                    "the URLs cannot be written: {error}; {written} were written before"
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
                    "line {number} is not a key: {why}; {written} URLs were written before"
                )
            }
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests;
