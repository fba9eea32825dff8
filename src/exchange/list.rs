//! Lists what arrived in a bucket, in constant memory, and waits for new files.
//!
//! S3 lists keys in order, so the files of one delivery follow one another. The run buffers the
//! entries of a delivery until the next delivery begins, and then compares them with the receipt.

mod tokens;
mod verdict;

use super::OWN_PREFIX;
use super::delivery::DeliveryKey;
use super::receipt::{InvalidReceipt, Receipt, SIZE_LIMIT};
use crate::s3::bucket::{ListedObject, ObjectPage};
use crate::s3::{Bucket, Client, Error};
use crate::xml::DecodeError;
use std::collections::HashSet;
use std::fmt;
use std::ops::ControlFlow;
use std::time::Duration;
use time::OffsetDateTime;
use tokens::Tokens;
use tokio::time::Instant;
use verdict::Verdict;

/// The time between the end of a listing and the start of the next one, while [`run`] waits.
pub const POLL_INTERVAL: Duration = Duration::from_secs(5);

/// The largest number of buffered entries of one delivery. A receipt of [`SIZE_LIMIT`] bytes cannot name so
/// many files.
const DELIVERY_LIMIT: usize = 1_000;

/// The largest number of reported receipts that a waiting run remembers.
const REPORTED_LIMIT: usize = 10_000;

/// What to list.
#[derive(Debug, Clone)]
pub struct Request {
    /// The prefix of the listed keys.
    pub prefix: Vec<u8>,
    /// The time of the oldest object to report. `None` reports all objects, or, with a waiting
    /// time, the objects since the start of the run.
    pub since: Option<Since>,
    /// Whether to read receipts, which give names and show whether a delivery is complete.
    pub receipts: bool,
    /// How long to wait for new files. `None` to list once.
    pub wait: Option<Duration>,
}

/// The time of the oldest object to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// This point in time.
    At(OffsetDateTime),
    /// This duration before the start of the run, by the server's clock.
    Ago(Duration),
}

/// An object that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The object as the listing describes it.
    pub object: ListedObject,
    /// The folder of the delivery, with its last `/`. `None` for an object outside a delivery.
    pub delivery: Option<Vec<u8>>,
    /// Whether the object belongs to a complete delivery. `None` if the receipt was not read, or if the
    /// prefix hides objects of the delivery.
    pub complete: Option<bool>,
    /// The name of the file on the sender's computer, as the receipt claims. Untrusted text.
    pub name: Option<String>,
}

/// A message of [`run`].
#[derive(Debug)]
pub enum Event {
    /// An object that arrived.
    Arrived(Arrival),
    /// The receipt with this key cannot be used.
    Doubtful(Vec<u8>, Doubt),
}

/// Why a receipt cannot be used.
#[derive(Debug)]
pub enum Doubt {
    /// The content of the receipt is invalid.
    Invalid(InvalidReceipt),
    /// The receipt and the listing have different sizes or `ETag`s for a file.
    Disagrees,
    /// The server refused to return the receipt.
    Refused(Error),
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(why) => why.fmt(f),
            Self::Disagrees => f.write_str(
                "the receipt and the listing of the bucket have different sizes or ETags for a file",
            ),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

/// Lists the objects in the bucket, and passes each event to `on_event`, which can stop the run. Returns the
/// number of objects that `on_event` received.
///
/// While the run waits, it lists the bucket every [`POLL_INTERVAL`] until a file arrived outside a delivery or
/// a delivery became complete, and passes only these files.
///
/// # Errors
/// Fails if a request failed, or the server's pages repeat. A refused receipt is an event, not an
/// error.
pub async fn run(
    client: &Client,
    bucket: &mut Bucket<'_>,
    request: &Request,
    on_event: &mut dyn FnMut(Event) -> ControlFlow<()>,
) -> Result<u64, Error> {
    let begun = Instant::now();
    let mut listing = Listing {
        client,
        bucket,
        request,
        since: None,
        delivery: Delivery::default(),
        reported: HashSet::new(),
        arrived: 0,
        on_event,
    };
    loop {
        let stopped = listing.pass().await?.is_break();
        let left = request
            .wait
            .map(|wait| wait.saturating_sub(begun.elapsed()));
        match left {
            Some(left) if listing.arrived == 0 && !stopped && !left.is_zero() => {
                client.context.sleep(left.min(POLL_INTERVAL)).await;
            }
            _ => return Ok(listing.arrived),
        }
    }
}

/// The entries of the delivery that is being listed.
#[derive(Default)]
struct Delivery {
    folder: Vec<u8>,
    entries: Vec<ListedObject>,
    /// Whether the delivery has more entries than are buffered.
    is_too_large: bool,
}

/// The state that all listings of one run share.
struct Listing<'a, 'b> {
    client: &'a Client,
    bucket: &'a mut Bucket<'b>,
    request: &'a Request,
    /// The time of the oldest object to report. `None` before the first answer of the server, and
    /// if the caller set no limit.
    since: Option<OffsetDateTime>,
    delivery: Delivery,
    /// The `ETag`s of the receipts that this run has reported already.
    reported: HashSet<String>,
    arrived: u64,
    on_event: &'a mut dyn FnMut(Event) -> ControlFlow<()>,
}

impl Listing<'_, '_> {
    /// Lists the bucket once.
    async fn pass(&mut self) -> Result<ControlFlow<()>, Error> {
        let mut token: Option<String> = None;
        let mut tokens = Tokens::default();
        loop {
            let prefix = &self.request.prefix;
            let page = self.bucket.list_objects(prefix, token.as_deref()).await?;
            self.set_since(&page);
            for object in page.objects {
                if self.add(object).await?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            let Some(next) = page.next else {
                return self.end_delivery().await;
            };
            if tokens.repeats(&next) {
                let why = "the server repeats a continuation token".to_owned();
                let why = DecodeError::Malformed(why);
                return Err(Error::unreadable("ListObjectsV2", why));
            }
            token = Some(next);
        }
    }

    /// Computes the limit from the server's clock, which is also the clock of `LastModified`.
    fn set_since(&mut self, page: &ObjectPage) {
        if self.since.is_some() {
            return;
        }
        let now = || page.answered_at.unwrap_or_else(|| self.client.now());
        self.since = match self.request.since {
            Some(Since::At(at)) => Some(at),
            // A duration that reaches back before the first possible time is no limit.
            Some(Since::Ago(age)) => {
                let age = age.try_into().ok();
                age.and_then(|age| now().checked_sub(age))
            }
            None => self.request.wait.map(|_| now()),
        }
        // AWS cuts the fraction of a second off `LastModified`.
        .map(|at| at.replace_nanosecond(0).unwrap_or(at));
    }

    async fn add(&mut self, object: ListedObject) -> Result<ControlFlow<()>, Error> {
        let place = DeliveryKey::parse(&object.key);
        let Some(place) = place else {
            if self.end_delivery().await?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            return Ok(self.report_plain(object, None));
        };
        let needs_receipt = self.request.receipts || self.request.wait.is_some();
        if !needs_receipt {
            let folder = place.folder.to_vec();
            return Ok(self.report_plain(object, Some(folder)));
        }
        if self.delivery.folder != place.folder {
            let folder = place.folder.to_vec();
            if self.end_delivery().await?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            self.delivery.folder = folder;
        }
        self.delivery.entries.push(object);
        if self.delivery.entries.len() > DELIVERY_LIMIT {
            self.delivery.is_too_large = true;
            return Ok(self.report_delivery(&Verdict::incomplete()));
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Reports an object without its receipt.
    fn report_plain(&mut self, object: ListedObject, delivery: Option<Vec<u8>>) -> ControlFlow<()> {
        if self.is_hidden(&object) || !self.is_recent(&object) {
            return ControlFlow::Continue(());
        }
        self.report(Arrival {
            object,
            delivery,
            complete: None,
            name: None,
        })
    }

    /// Reports the buffered delivery, after all of its entries were listed.
    async fn end_delivery(&mut self) -> Result<ControlFlow<()>, Error> {
        let mut flow = ControlFlow::Continue(());
        if !self.delivery.entries.is_empty() {
            let verdict = if self.delivery.is_too_large {
                Verdict::incomplete()
            } else {
                match self.verdict().await? {
                    ControlFlow::Continue(verdict) => verdict,
                    ControlFlow::Break(()) => return Ok(ControlFlow::Break(())),
                }
            };
            flow = self.report_delivery(&verdict);
        }
        self.delivery = Delivery::default();
        Ok(flow)
    }

    /// Reads the receipt and compares the receipt with the listing, unless all buffered entries are
    /// too old to report.
    async fn verdict(&mut self) -> Result<ControlFlow<(), Verdict>, Error> {
        let is_receipt = |object: &&ListedObject| is_receipt(&object.key);
        let entries = &self.delivery.entries;
        let Some(receipt) = entries.iter().find(is_receipt).cloned() else {
            return Ok(ControlFlow::Continue(Verdict::incomplete()));
        };
        let is_needed = if self.request.wait.is_some() {
            self.is_recent(&receipt)
        } else {
            entries.iter().any(|object| self.is_recent(object))
        };
        if !is_needed {
            return Ok(ControlFlow::Continue(Verdict::incomplete()));
        }
        let doubt = match self.read(&receipt).await? {
            Ok(verdict) => return Ok(ControlFlow::Continue(verdict)),
            Err(doubt) => doubt,
        };
        let complete = match doubt {
            // Nothing is known about a delivery whose receipt cannot be read.
            Doubt::Refused(_) => None,
            Doubt::Invalid(_) | Doubt::Disagrees => Some(false),
        };
        let verdict = Verdict {
            complete,
            ..Verdict::incomplete()
        };
        let is_news = self.request.wait.is_none()
            || self.reported.len() < REPORTED_LIMIT && self.reported.insert(receipt.etag);
        if is_news && (self.on_event)(Event::Doubtful(receipt.key, doubt)).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        Ok(ControlFlow::Continue(verdict))
    }

    async fn read(&mut self, receipt: &ListedObject) -> Result<Result<Verdict, Doubt>, Error> {
        // An answer without a body would be retried, because it may be a truncated answer.
        if receipt.size == 0 {
            let empty = InvalidReceipt::NotJson { line: 1, column: 0 };
            return Ok(Err(Doubt::Invalid(empty)));
        }
        if receipt.size > SIZE_LIMIT as u64 {
            return Ok(Err(Doubt::Invalid(InvalidReceipt::TooLarge)));
        }
        let body = match self.bucket.get_object(&receipt.key, SIZE_LIMIT).await {
            Ok(body) => body,
            Err(error) if is_of_object(&error) => return Ok(Err(Doubt::Refused(error))),
            Err(error) => return Err(error),
        };
        let receipt = match Receipt::parse(&body, &self.delivery.folder) {
            Ok(receipt) => receipt,
            Err(why) => return Ok(Err(Doubt::Invalid(why))),
        };
        Ok(Verdict::compare(&receipt, &self.delivery.entries))
    }

    /// Reports the buffered entries and empties the buffer.
    fn report_delivery(&mut self, verdict: &Verdict) -> ControlFlow<()> {
        let entries = std::mem::take(&mut self.delivery.entries);
        let is_cut = cuts_a_delivery(&self.request.prefix);
        for object in entries {
            let name = verdict.names.get(&object.key).cloned();
            let complete = verdict.complete.map(|complete| complete && name.is_some());
            let complete = complete.filter(|complete| *complete || !is_cut);
            let is_shown = if self.request.wait.is_some() {
                complete == Some(true)
            } else {
                !self.is_hidden(&object) && self.is_recent(&object)
            };
            if !is_shown {
                continue;
            }
            // Without `receipts`, the caller does not want the names that the receipt claims.
            let asked = self.request.receipts;
            self.report(Arrival {
                object,
                delivery: Some(self.delivery.folder.clone()),
                complete: complete.filter(|_| asked),
                name: name.filter(|_| asked),
            })?;
        }
        ControlFlow::Continue(())
    }

    fn report(&mut self, arrival: Arrival) -> ControlFlow<()> {
        self.arrived += 1;
        (self.on_event)(Event::Arrived(arrival))
    }

    fn is_recent(&self, object: &ListedObject) -> bool {
        self.since.is_none_or(|since| object.last_modified >= since)
    }

    /// Whether the listing hides this object, because the object is a receipt or an upload page and
    /// the prefix does not name it.
    fn is_hidden(&self, object: &ListedObject) -> bool {
        let prefix = &self.request.prefix;
        let own = OWN_PREFIX.as_bytes();
        (object.key.starts_with(own) && !prefix.starts_with(own))
            || (is_receipt(&object.key) && *prefix != object.key)
    }
}

/// Whether a listing with this prefix can hide a part of a delivery, because the prefix is longer than the
/// folder of the delivery. A waiting run then never ends early.
#[must_use]
pub(crate) fn cuts_a_delivery(prefix: &[u8]) -> bool {
    DeliveryKey::parse(prefix).is_some()
}

fn is_receipt(key: &[u8]) -> bool {
    DeliveryKey::parse(key).is_some_and(|place| place.is_receipt())
}

/// Whether an error concerns only this object, so that the listing can continue. Examples: the
/// object was deleted, the object is archived, or the credentials may not use the object's
/// encryption key.
fn is_of_object(error: &Error) -> bool {
    error.response().is_some_and(|answer| {
        (400..500).contains(&answer.status)
            && !answer.refuses_credentials()
            && !answer.is_transient()
            && answer.code != "NoSuchBucket"
    })
}
