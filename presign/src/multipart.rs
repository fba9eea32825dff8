//! Multipart uploads by presigned URLs: divides a size into parts, and presigns the requests of one upload.
//!
//! One PUT or one form creates at most [`LARGEST_UPLOAD`] bytes. A multipart upload
//! creates up to 10,000 times as much. One request with credentials, `CreateMultipartUpload`, starts the
//! upload and returns its upload ID. Everything after it needs only the URLs of this module.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>

use crate::batch::{Batch, Parts, Template};
use crate::canonical::{self, UNSIGNED_PAYLOAD};
use crate::encode;
use crate::headers::{self, Pair};
use crate::size::LARGEST_UPLOAD;
use crate::uri::ObjectKey;
use crate::url::{InvalidRequest, Method, Presigner, Request, Steps};
use std::fmt;

/// The largest number of parts of one upload.
pub const MOST_PARTS: u64 = 10_000;
/// The smallest size of a part in bytes, 5 MiB. Only the last part of an upload may be smaller.
pub const SMALLEST_PART: u64 = 5 << 20;
/// The largest size of a part in bytes, 5 GiB.
pub const LARGEST_PART: u64 = LARGEST_UPLOAD;
/// The largest size of an upload in bytes: 10,000 parts of 5 GiB.
pub const LARGEST_SIZE: u64 = MOST_PARTS * LARGEST_PART;
/// The size of a part in bytes unless the upload needs larger parts, 64 MiB.
const DEFAULT_PART: u64 = 64 << 20;
/// Part sizes are multiples of this number of bytes, 1 MiB, because `dd` counts in blocks.
const STEP: u64 = 1 << 20;
/// How many parts one answer to `ListParts` contains.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html>
pub const PARTS_PER_LIST: u64 = 1000;

/// The length of the signature at the end of each URL, in bytes.
pub const SIGNATURE_LENGTH: usize = crate::batch::HEX_DIGEST;

/// How a file of a known size is divided into parts.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    size: u64,
    part_size: u64,
}

/// A part of a [`Plan`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The part number, from 1 to 10,000.
    pub number: u64,
    /// Where the part begins in the file, in bytes.
    pub offset: u64,
    /// The size of the part, in bytes.
    pub size: u64,
}

impl Plan {
    /// Divides `size` bytes into parts of `part_size` bytes, a multiple of 1 MiB. Without `part_size`, the
    /// parts have 64 MiB, or as much as 10,000 parts need.
    ///
    /// # Errors
    /// The size is 0 or above 10,000 × 5 GiB, the part size is not a multiple of 1 MiB from 5 MiB to 5 GiB,
    /// or the upload would have more than 10,000 parts.
    pub fn new(size: u64, part_size: Option<u64>) -> Result<Self, InvalidPlan> {
        if size == 0 {
            return Err(InvalidPlan::Empty);
        }
        if size > LARGEST_SIZE {
            return Err(InvalidPlan::TooLarge(size));
        }
        let least = size.div_ceil(MOST_PARTS).next_multiple_of(STEP);
        let part_size = part_size.unwrap_or_else(|| least.max(DEFAULT_PART));
        let is_in_range = (SMALLEST_PART..=LARGEST_PART).contains(&part_size);
        if !is_in_range || !part_size.is_multiple_of(STEP) {
            return Err(InvalidPlan::PartSize(part_size));
        }
        if part_size < least {
            return Err(InvalidPlan::TooManyParts { part_size, least });
        }
        Ok(Plan { size, part_size })
    }

    /// The size of the file, in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The size of every part but the last one, in bytes.
    #[must_use]
    pub fn part_size(&self) -> u64 {
        self.part_size
    }

    /// The number of parts, from 1 to 10,000.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.size.div_ceil(self.part_size)
    }

    /// The parts, in the order of the file.
    pub fn parts(&self) -> impl Iterator<Item = Part> + use<> {
        let Plan { size, part_size } = *self;
        (0..self.count()).map(move |index| {
            let offset = index * part_size;
            Part {
                number: index + 1,
                offset,
                size: part_size.min(size - offset),
            }
        })
    }
}

/// Why [`Plan::new`] rejects a size or a part size.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidPlan {
    /// The file is empty. A multipart upload needs a part with at least one byte.
    Empty,
    /// The file has this number of bytes, which is above [`LARGEST_SIZE`].
    TooLarge(u64),
    /// The part size in bytes is not a multiple of 1 MiB from 5 MiB to 5 GiB.
    PartSize(u64),
    /// The upload would have more than 10,000 parts.
    TooManyParts {
        /// The rejected part size, in bytes.
        part_size: u64,
        /// The smallest part size with which the upload has at most 10,000 parts, in bytes.
        least: u64,
    },
}

impl fmt::Display for InvalidPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a multipart upload needs at least one byte"),
            Self::TooLarge(size) => write!(
                f,
                "a file of {size} bytes is too large: a multipart upload has at most 10,000 parts of 5 GiB ({LARGEST_SIZE} bytes)"
            ),
            Self::PartSize(size) => write!(
                f,
                "a part size of {size} bytes is not allowed: parts have a multiple of 1 MiB, from 5 MiB to 5 GiB"
            ),
            Self::TooManyParts { part_size, .. } => write!(
                f,
                "with parts of {part_size} bytes, the upload has more than 10,000 parts"
            ),
        }
    }
}

impl std::error::Error for InvalidPlan {}

fn signed_complete_headers(plan: &Plan, no_overwrite: bool) -> Vec<Pair> {
    let mut all = vec![("x-amz-mp-object-size".to_owned(), plan.size.to_string())];
    all.extend(no_overwrite.then(headers::no_overwrite));
    all
}

/// Presigns the requests of one multipart upload.
#[derive(Clone)]
pub struct Upload {
    plan: Plan,
    complete_headers: Vec<Pair>,
    /// The URLs of the parts that have the size [`Plan::part_size`].
    full: Template,
    /// The URL of the last part, which may be smaller.
    last: Template,
    /// The URLs that are created once: lists, complete, head, abort.
    lists: Vec<String>,
    complete: String,
    head: String,
    abort: String,
}

impl Upload {
    /// Computes everything that the URLs of the upload share. `request` supplies the endpoint, the
    /// credentials and the times; its method, headers and query are not used.
    ///
    /// # Errors
    /// None for the requests that this function builds; the type is that of [`Presigner::new`].
    pub fn new(
        request: &Request<'_>,
        key: &ObjectKey,
        upload_id: &str,
        plan: Plan,
        no_overwrite: bool,
    ) -> Result<Self, InvalidRequest> {
        let rest = plan.size - (plan.count() - 1) * plan.part_size;
        let sizes = [plan.part_size, rest].map(headers::size);
        let [full, last] = sizes.each_ref().map(std::slice::from_ref);
        let signed = signed_complete_headers(&plan, no_overwrite);
        Self::with(request, key, upload_id, plan, [full, last], &signed)
    }

    /// Like [`new`](Self::new), for a file whose size is not known yet and is at most [`Plan::size`]. The
    /// signatures cover neither the size of a part nor the size of the object, so the server enforces
    /// only the number of parts.
    ///
    /// # Errors
    /// As of [`new`](Self::new).
    pub fn of_any_size(
        request: &Request<'_>,
        key: &ObjectKey,
        upload_id: &str,
        plan: Plan,
    ) -> Result<Self, InvalidRequest> {
        Self::with(request, key, upload_id, plan, [&[], &[]], &[])
    }

    /// `of_parts` are the signed headers of the full parts and of the last part.
    fn with(
        request: &Request<'_>,
        key: &ObjectKey,
        upload_id: &str,
        plan: Plan,
        of_parts: [&[Pair]; 2],
        of_complete: &[Pair],
    ) -> Result<Self, InvalidRequest> {
        let id = || ("uploadId".to_owned(), upload_id.to_owned());
        let url = |method, query: &[Pair], headers: &[Pair]| {
            let request = Request {
                method,
                headers,
                query,
                ..*request
            };
            Presigner::new(&request).map(|presigner| presigner.url(key))
        };
        let list = |page: u64| {
            let mut query = vec![id()];
            if page > 0 {
                let marker = (page * PARTS_PER_LIST).to_string();
                query.push(("part-number-marker".to_owned(), marker));
            }
            url(Method::Get, &query, &[])
        };
        let part = |headers| part_template(request, key, upload_id, headers);
        let [of_full, of_last] = of_parts;
        let content_type = ("Content-Type".to_owned(), "application/xml".to_owned());
        let complete_headers = std::iter::once(content_type).chain(of_complete.iter().cloned());
        Ok(Upload {
            plan,
            complete_headers: complete_headers.collect(),
            full: part(of_full)?,
            last: part(of_last)?,
            lists: (0..plan.count().div_ceil(PARTS_PER_LIST))
                .map(list)
                .collect::<Result<_, _>>()?,
            complete: url(Method::Post, &[id()], of_complete)?,
            head: url(Method::Head, &[], &[])?,
            abort: url(Method::Delete, &[id()], &[])?,
        })
    }

    /// Creates the URLs of the parts one after another, without an allocation for each.
    #[must_use]
    pub fn part_urls(&self) -> PartUrls<'_> {
        PartUrls {
            count: self.plan.count(),
            full: Batch::new(&self.full),
            last: Batch::new(&self.last),
        }
    }

    /// URLs for `ListParts` (GET), one for each 1,000 parts, in the order of the parts.
    #[must_use]
    pub fn list_urls(&self) -> &[String] {
        &self.lists
    }

    /// The headers that the client sends to [`complete_url`](Self::complete_url), as pairs of a name and a
    /// value.
    ///
    /// - `Content-Type`, because curl would send a form's content type, which S3 rejects. It is not signed.
    /// - `x-amz-mp-object-size`, signed: S3 rejects the request if the parts do not add up to the size of the
    ///   file. Without this header, a list that lacks parts creates a truncated object.
    /// - `If-None-Match`, signed, with `no_overwrite`: S3 rejects the request if the object exists.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>
    #[must_use]
    pub fn complete_headers(&self) -> &[Pair] {
        &self.complete_headers
    }

    /// The URL for `CompleteMultipartUpload` (POST), to use with
    /// [`complete_headers`](Self::complete_headers).
    #[must_use]
    pub fn complete_url(&self) -> &str {
        &self.complete
    }

    /// The URL for `HeadObject` (HEAD), which shows whether the object exists and how large it is.
    #[must_use]
    pub fn head_url(&self) -> &str {
        &self.head
    }

    /// The URL for `AbortMultipartUpload` (DELETE), which deletes the parts.
    #[must_use]
    pub fn abort_url(&self) -> &str {
        &self.abort
    }
}

impl fmt::Debug for Upload {
    /// Does not print the URLs, which are credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("plan", &self.plan)
            .finish_non_exhaustive()
    }
}

/// The URLs for `UploadPart` (PUT) of one upload.
///
/// With [`Upload::new`], the signature covers `Content-Length`, so S3 rejects a part of another size.
#[derive(Clone)]
pub struct PartUrls<'a> {
    count: u64,
    full: Batch<'a>,
    last: Batch<'a>,
}

impl PartUrls<'_> {
    /// Appends the URL of the part with this number, from 1 to [`Plan::count`], to `out`.
    pub fn push(&mut self, out: &mut Vec<u8>, number: u64) {
        let batch = if number == self.count {
            &mut self.last
        } else {
            &mut self.full
        };
        batch.push_url_of_bytes(out, number.to_string().as_bytes());
    }
}

/// The template of the URLs of parts with these signed headers, in which only the part number varies.
fn part_template(
    request: &Request<'_>,
    key: &ObjectKey,
    upload_id: &str,
    headers: &[Pair],
) -> Result<Template, InvalidRequest> {
    /// The parameter before the part number. In a sorted query, the parameters of the signature come first.
    const NUMBER: &str = "&partNumber=";
    let Steps {
        query,
        signed,
        sts_head,
        key: signing_key,
    } = Steps::new(&Request {
        method: Method::Put,
        headers,
        query: &[
            ("partNumber".to_owned(), String::new()),
            ("uploadId".to_owned(), upload_id.to_owned()),
        ],
        ..*request
    })?;
    let (before, after) = query
        .split_once(NUMBER)
        .expect("the query contains partNumber after the parameters of the signature");
    let base_path = &request.endpoint.base_path;
    let path = encode::path(key.as_bytes());
    // `after_path` begins with the newline that ends the path, but here the text continues the query.
    let rest = canonical::after_path(after, &signed, UNSIGNED_PAYLOAD).split_off(1);
    let parts = Parts {
        canonical_head: format!("PUT\n{base_path}/{path}\n{before}{NUMBER}").into_bytes(),
        canonical_tail: rest.into_bytes(),
        url_head: format!("{}/{path}?{before}{NUMBER}", request.endpoint.url()).into_bytes(),
        url_tail: format!("{after}&X-Amz-Signature=").into_bytes(),
        // The part number is never empty, so no slash is dropped.
        bucket_in_path: false,
    };
    Ok(Template::new(&signing_key, sts_head, parts))
}

#[cfg(test)]
mod tests;
