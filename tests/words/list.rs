//! Words and phrases that hide who acts, read like a translation, or have a private meaning.

/// Words and phrases that the test counts anywhere in a sentence.
pub const ANYWHERE: [&str; 57] = [
    // The following subjects do not name the person or program that acts.
    "whoever",
    "whosoever",
    "whomever",
    "whatever",
    "whichever",
    "wherever",
    "somebody",
    "nobody",
    "everybody",
    "anybody",
    "such a one",
    "the like of",
    "the likes of",
    "is none",
    "are none",
    // The following verbs have a plainer synonym: is, report, fix, keep, find, skip, issue, apply.
    "stand",
    "stands",
    "tell",
    "tells",
    "told",
    "mend",
    "mends",
    "mended",
    "mending",
    "held",
    "likes",
    "bite",
    "bites",
    "hand out",
    "hands out",
    "handed out",
    "say so",
    "says so",
    "said so",
    "make good",
    "made good",
    "found out",
    "passed over",
    "to be seen",
    // The following phrases have a plainer synonym: anyway, instead, own, available, silently,
    // random.
    "all the same",
    "in place of",
    "of its own",
    "of one's own",
    "of our own",
    "of their own",
    "of a sort",
    "at hand",
    "for there",
    "by lot",
    "unasked",
    "foundling",
    "nought",
    "without a word",
    "in silence",
    "for ever",
    "at the door",
    "by other hands",
];

/// Phrases that the test counts only at the beginning of a clause. Each entry contains the first
/// word of a phrase, and the possible next words.
pub const AT_THE_BEGINNING: [(&str, &[&str]); 2] = [
    (
        "what",
        &[
            "a", "are", "comes", "differs", "has", "is", "it", "may", "no", "only", "s3", "stays",
            "the", "they", "was", "were",
        ],
    ),
    ("so", &["many"]),
];

/// Phrases with a different meaning: the test does not count a word of the list that begins one of
/// these phrases.
pub const EXCEPT: [&str; 6] = [
    "stand for",
    "stands for",
    "stand out",
    "stands out",
    "stand alone",
    "stands alone",
];
