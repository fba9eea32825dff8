//! The probe of uploads in parts: whether the URLs of `presign multipart` work, and whether the server
//! detects a list that lacks parts.

use super::found::{Found, fail, is_ok, pass, skip};
use super::probe::{Answered, LIFE, ProbeRequest, Prober, describe};
use crate::xml::Element;
use s3_presign::multipart::{Plan, SMALLEST_PART, Upload};
use s3_presign::{Expiry, Method, ObjectKey, Request};

const FILE: &str = "multipart.bin";
const SHORT: &str = "multipart-short.bin";
/// The last byte of the file, which is the second part.
const LAST: &[u8] = b"z";

/// An upload that the server has begun, and the `ETag` of each part.
struct Begun {
    name: &'static str,
    id: String,
    urls: Upload,
    etags: Vec<String>,
}

/// Uploads a file of 5 MiB and 1 byte in two parts, and then one byte as an upload that claims two bytes.
/// The result is a pass or a skip unless the object is wrong, because a server may lack multipart uploads.
pub(super) async fn multipart_urls(prober: &Prober<'_>) -> Found {
    match upload(prober).await {
        Ok(found) | Err(found) => found,
    }
}

/// The error is the result of a probe that ended early.
async fn upload(prober: &Prober<'_>) -> Result<Found, Found> {
    let would_not_work = |what: &str, answer: &Answered| {
        skip(format!(
            "the URLs would not work: {what}: {}",
            describe(answer)
        ))
    };
    let size = SMALLEST_PART + LAST.len() as u64;
    let mut file = begin(prober, FILE, size).await?;
    let first = vec![b'a'; usize::try_from(SMALLEST_PART).unwrap_or_default()];
    for (number, body) in [(1, &first[..]), (2, LAST)] {
        let answer = send_part(prober, &mut file, number, body).await;
        if !is_ok(&answer) {
            return Err(would_not_work("a part was refused", &answer));
        }
    }
    let list = file.urls.list_urls().first().cloned().unwrap_or_default();
    let listed = send(prober, Method::Get, &file, &list, &[], &[]).await;
    let completed = complete(prober, &file, size).await;
    if !is_complete(&completed) {
        return Err(would_not_work(
            "the upload could not be completed",
            &completed,
        ));
    }
    if !is_ok(&listed) {
        return Err(would_not_work("the list of parts was refused", &listed));
    }
    check_object(prober, size).await?;
    let fact = if refuses_missing_parts(prober).await? {
        "a list that lacks parts was refused"
    } else {
        "the server accepts a list that lacks parts, so compare the size of each object"
    };
    Ok(pass(format!("2 parts, and {fact}")))
}

/// Sends `CreateMultipartUpload`. The upload is recorded before the request is sent, and if an answer was
/// lost, the record without an ID is kept. So the clean-up never misses an upload.
async fn begin(prober: &Prober<'_>, name: &'static str, size: u64) -> Result<Begun, Found> {
    prober.created().uploads.push((name.to_owned(), None));
    let request = ProbeRequest {
        name,
        query: &[("uploads", "")],
        ..ProbeRequest::default()
    };
    let (answer, is_sure) = prober.request_with_certainty(Method::Post, &request).await;
    let id = answer.as_ref().ok().and_then(|answer| {
        let document = Element::read("InitiateMultipartUploadResult", &answer.body).ok()?;
        let id = document.text("UploadId").ok()??;
        (!id.is_empty()).then(|| id.to_owned())
    });
    // A server that does not support the operation (501) cannot have begun an upload.
    let is_known = answer
        .as_ref()
        .is_ok_and(|answer| answer.status == 501 || (is_sure && answer.status < 500));
    {
        let mut created = prober.created();
        if is_known {
            created
                .uploads
                .retain(|known| known != &(name.to_owned(), None));
        }
        let known = id.iter().map(|id| (name.to_owned(), Some(id.clone())));
        created.uploads.extend(known);
    }
    let Some(id) = id else {
        return Err(skip(format!(
            "the server began no multipart upload: {}",
            describe(&answer)
        )));
    };
    let urls = presign(prober, name, &id, plan(size));
    Ok(Begun {
        name,
        id,
        urls,
        etags: Vec::new(),
    })
}

fn plan(size: u64) -> Plan {
    Plan::new(size, Some(SMALLEST_PART)).expect("the sizes of the probe are valid")
}

fn presign(prober: &Prober<'_>, name: &str, id: &str, plan: Plan) -> Upload {
    let request = Request {
        expires_in: Expiry::from_duration(LIFE).expect("15 minutes are a valid expiry"),
        ..Request::put(
            &prober.endpoint,
            &prober.client.credentials,
            prober.client.now(),
        )
    };
    let key = ObjectKey::parse(prober.key(name)).expect("names of probes are valid keys");
    Upload::new(&request, &key, id, plan, false).expect("the requests of an upload are valid")
}

async fn send_part(prober: &Prober<'_>, upload: &mut Begun, number: u64, body: &[u8]) -> Answered {
    let mut url = Vec::new();
    upload.urls.part_urls().push(&mut url, number);
    let url = String::from_utf8_lossy(&url).into_owned();
    let answer = send(prober, Method::Put, upload, &url, &[], body).await;
    if let Ok(answer) = &answer {
        let etag = answer.header("etag").unwrap_or_default();
        upload.etags.push(etag.to_owned());
    }
    answer
}

/// Completes the upload with the parts that were sent. `size` is the size that the URL signs.
async fn complete(prober: &Prober<'_>, upload: &Begun, size: u64) -> Answered {
    let part = |(index, etag): (usize, &String)| {
        let number = index + 1;
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
    };
    let parts: String = upload.etags.iter().enumerate().map(part).collect();
    let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    let urls = presign(prober, upload.name, &upload.id, plan(size));
    let headers: Vec<(&str, &str)> = urls
        .complete_headers()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let url = urls.complete_url();
    let answer = send(prober, Method::Post, upload, url, &headers, body.as_bytes()).await;
    if is_complete(&answer) {
        let mut created = prober.created();
        created
            .uploads
            .retain(|(_, id)| id.as_ref() != Some(&upload.id));
    }
    answer
}

async fn send(
    prober: &Prober<'_>,
    method: Method,
    upload: &Begun,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answered {
    let request = ProbeRequest {
        name: upload.name,
        unsigned: headers,
        body,
        ..ProbeRequest::default()
    };
    prober.send(method, &|| url.to_owned(), &request).await.0
}

/// S3 can answer 200 and report an error in the body.
fn is_complete(answer: &Answered) -> bool {
    answer.as_ref().is_ok_and(|answer| {
        answer.status == 200 && Element::read("CompleteMultipartUploadResult", &answer.body).is_ok()
    })
}

/// Reads the size of the object, and the two bytes at which the parts meet.
async fn check_object(prober: &Prober<'_>, size: u64) -> Result<(), Found> {
    let from = format!("bytes={}-", SMALLEST_PART - 1);
    let request = ProbeRequest {
        name: FILE,
        unsigned: &[("range", &from)],
        ..ProbeRequest::default()
    };
    let answer = prober.request(Method::Get, &request).await;
    let Some(read) = answer.as_ref().ok().filter(|_| is_ok(&answer)) else {
        return Err(fail(format!(
            "the object could not be downloaded: {}",
            describe(&answer)
        )));
    };
    let range = read.header("content-range").unwrap_or_default();
    if read.body == [b"a", LAST].concat() && range.ends_with(&format!("/{size}")) {
        Ok(())
    } else {
        Err(fail(
            "the object differs from the uploaded parts".to_owned(),
        ))
    }
}

/// Whether the server refuses to complete an upload of one byte with a URL that signs two bytes.
async fn refuses_missing_parts(prober: &Prober<'_>) -> Result<bool, Found> {
    let mut short = begin(prober, SHORT, 1).await?;
    let answer = send_part(prober, &mut short, 1, LAST).await;
    if !is_ok(&answer) {
        let why = describe(&answer);
        return Err(skip(format!("a part of one byte was refused: {why}")));
    }
    if is_complete(&complete(prober, &short, 2).await) {
        return Ok(false);
    }
    // The clean-up aborts the upload if this request fails.
    complete(prober, &short, 1).await.ok();
    Ok(true)
}

impl Prober<'_> {
    /// Aborts the uploads that are not complete. Returns a text for each upload that may still exist.
    pub(super) async fn abort_uploads(
        &self,
        uploads: Vec<(String, Option<String>)>,
    ) -> Vec<String> {
        let mut left = Vec::new();
        for (name, id) in uploads {
            let ids = match id {
                Some(id) => Some(vec![id]),
                None => self.upload_ids(&name).await,
            };
            let Some(ids) = ids else {
                left.push(format!(
                    "a multipart upload of {}, if the server began it",
                    self.key(&name)
                ));
                continue;
            };
            for id in ids {
                let request = ProbeRequest {
                    name: &name,
                    query: &[("uploadId", &id)],
                    ..ProbeRequest::default()
                };
                let answer = self.request(Method::Delete, &request).await;
                if !answer.is_ok_and(|answer| answer.status < 300 || answer.status == 404) {
                    left.push(format!("the multipart upload {id} of {}", self.key(&name)));
                }
            }
        }
        left
    }

    /// The IDs of the uploads of an object, or `None` if the uploads cannot be listed.
    async fn upload_ids(&self, name: &str) -> Option<Vec<String>> {
        let key = self.key(name);
        let request = ProbeRequest {
            query: &[("prefix", &key), ("uploads", "")],
            ..ProbeRequest::default()
        };
        let answer = self.request(Method::Get, &request).await.ok()?;
        let list = Element::read("ListMultipartUploadsResult", &answer.body).ok()?;
        let ids = list
            .all("Upload")
            .map(|one| one.text_of("UploadId").to_owned());
        Some(ids.collect())
    }
}
