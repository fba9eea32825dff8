//! The scripts of upload pages, each made of several files.

/// The script of the page that is saved as a file. The listed files together make one function.
pub(super) const OF_FILE: [&str; 9] = [
    include_str!("kinds.js"),
    include_str!("text.js"),
    include_str!("clock-of-computer.js"),
    include_str!("rules.js"),
    include_str!("answer.js"),
    include_str!("line.js"),
    include_str!("elsewhere.js"),
    include_str!("queue.js"),
    include_str!("events.js"),
];
/// The script of the page in the bucket.
pub(super) const OF_BUCKET: [&str; 15] = [
    include_str!("kinds.js"),
    include_str!("text.js"),
    include_str!("frame.js"),
    include_str!("clock-of-server.js"),
    include_str!("rules.js"),
    include_str!("answer.js"),
    include_str!("line.js"),
    include_str!("digest.js"),
    include_str!("entry.js"),
    include_str!("form.js"),
    include_str!("delivery.js"),
    include_str!("bucket.js"),
    include_str!("queue.js"),
    include_str!("receipt.js"),
    include_str!("events.js"),
];
/// The script of the page in the bucket that sends one file in parts.
pub(super) const OF_PARTS_IN_BUCKET: [&str; 16] = [
    include_str!("kinds.js"),
    include_str!("text.js"),
    include_str!("frame.js"),
    include_str!("clock-of-server.js"),
    include_str!("rules.js"),
    include_str!("answer.js"),
    include_str!("line.js"),
    include_str!("digest.js"),
    include_str!("entry.js"),
    include_str!("form.js"),
    include_str!("parts.js"),
    include_str!("parts-memory.js"),
    include_str!("parts-queue.js"),
    include_str!("queue.js"),
    include_str!("receipt.js"),
    include_str!("events.js"),
];
/// The script of the page in a file that sends one file in parts.
pub(super) const OF_PARTS_IN_FILE: [&str; 15] = [
    include_str!("kinds.js"),
    include_str!("text.js"),
    include_str!("clock-of-computer.js"),
    include_str!("no-form.js"),
    include_str!("rules.js"),
    include_str!("answer.js"),
    include_str!("line.js"),
    include_str!("digest.js"),
    include_str!("entry.js"),
    include_str!("parts.js"),
    include_str!("parts-memory.js"),
    include_str!("parts-queue.js"),
    include_str!("queue.js"),
    include_str!("receipt.js"),
    include_str!("events.js"),
];
