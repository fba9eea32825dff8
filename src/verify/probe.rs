//! How a probe asks: requests from presigned URLs, and the memory of what they made.

use super::Request as Wish;
use crate::context;
use crate::http::{Error as HttpError, Request, Response};
use crate::s3::element::Element;
use crate::s3::{Answer, Bucket, Client};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use s3_presign::endpoint::{Config, Endpoint, Scheme};
use s3_presign::timestamp::amz_date;
use s3_presign::{Expiry, Method, Presigner, encode};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use time::OffsetDateTime;

/// One probe, done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Kebab-case.
    pub id: &'static str,
    /// What it tries, in a few words.
    pub title: &'static str,
    /// What came of it.
    pub outcome: Outcome,
    /// What was seen.
    pub reason: String,
    /// What to do, if it failed.
    pub remedy: Option<&'static str>,
}

/// What came of a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The bucket does what it should.
    Pass,
    /// It does not.
    Fail,
    /// It could not be tried.
    Skip,
}

impl Outcome {
    /// `pass`, `fail` or `skip`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Pass => "pass",
            Outcome::Fail => "fail",
            Outcome::Skip => "skip",
        }
    }
}

/// What to ask for; all but the method may be left out.
#[derive(Default)]
pub(super) struct Ask<'a> {
    /// The object, below the run's own folder; empty for the bucket itself.
    pub(super) name: &'a str,
    /// Parameters beside those of the signature, signed.
    pub(super) query: &'a [(&'a str, &'a str)],
    /// Headers, signed and sent.
    pub(super) headers: &'a [(&'a str, &'a str)],
    /// Headers, sent and not signed.
    pub(super) unsigned: &'a [(&'a str, &'a str)],
    pub(super) body: &'a [u8],
    /// The beginning of the URL's life, if not now.
    pub(super) at: Option<OffsetDateTime>,
}

pub(super) struct Prober<'a> {
    pub(super) client: &'a Client,
    pub(super) arn: String,
    endpoint: Endpoint,
    /// The same over plain HTTP, if anybody knows where.
    pub(super) plain: Option<Endpoint>,
    /// Of this run alone: `.s3-secure-bucket/verify-…/`.
    folder: String,
    made: RefCell<Made>,
}

/// What there is to remove.
#[derive(Default)]
struct Made {
    /// How many uploads of it were not refused.
    names: BTreeMap<String, usize>,
    /// Name and version: what S3 called what it made, delete markers too.
    versions: BTreeSet<(String, String)>,
    /// A policy to put back.
    policy: Option<Vec<u8>>,
}

/// URLs of probes live no longer than it takes.
const LIFE: Duration = Duration::from_mins(1);
const ROOT: &str = ".s3-secure-bucket/";

impl<'a> Prober<'a> {
    pub(super) fn new(client: &'a Client, wish: &Wish, bucket: &Bucket<'_>) -> Self {
        let endpoint = bucket.endpoint();
        let now = amz_date(client.context.now());
        let random = context::jitter(Duration::from_nanos(u64::from(u32::MAX))).as_nanos();
        let partition = bucket.region.partition().id;
        Prober {
            client,
            arn: format!("arn:{partition}:s3:::{}", bucket.name),
            plain: plain(client, wish, bucket, &endpoint),
            endpoint,
            folder: format!("{ROOT}verify-{now}-{random:08x}/"),
            made: RefCell::default(),
        }
    }

    /// The whole key of a probe object.
    pub(super) fn key(&self, name: &str) -> String {
        if name.is_empty() {
            String::new()
        } else {
            format!("{}{name}", self.folder)
        }
    }

    /// A presigned URL.
    fn url(&self, endpoint: &Endpoint, method: Method, ask: &Ask<'_>) -> String {
        let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            let one = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            pairs.iter().map(one).collect()
        };
        let presigner = Presigner::new(&s3_presign::Request {
            method,
            endpoint,
            credentials: &self.client.credentials,
            at: ask.at.unwrap_or_else(|| self.client.now()),
            expires_in: Expiry::from_duration(LIFE).expect("a minute is a life"),
            headers: &owned(ask.headers),
            query: &owned(ask.query),
        });
        presigner
            .expect("probes sign nothing that cannot be signed")
            .url(self.key(ask.name).as_bytes())
    }

    /// A presigned URL of the bucket's own endpoint.
    pub(super) fn own_url(&self, method: Method, ask: &Ask<'_>) -> String {
        self.url(&self.endpoint, method, ask)
    }

    /// Whether the bucket is reached over plain HTTP.
    pub(super) fn url_is_plain(&self) -> bool {
        self.endpoint.scheme == Scheme::Http
    }

    /// From a presigned URL, as it was meant.
    pub(super) async fn ask(&self, method: Method, ask: &Ask<'_>) -> Result<Response, HttpError> {
        let url = self.url(&self.endpoint, method, ask);
        self.send(method, url, ask).await
    }

    /// From a URL that may have been tampered with. An upload is remembered before it is sent.
    pub(super) async fn send(
        &self,
        method: Method,
        url: String,
        ask: &Ask<'_>,
    ) -> Result<Response, HttpError> {
        if method == Method::Put && !ask.name.is_empty() {
            let mut made = self.made.borrow_mut();
            *made.names.entry(ask.name.to_owned()).or_default() += 1;
        }
        let headers = ask.headers.iter().chain(ask.unsigned);
        let request = Request {
            method: method.as_str(),
            url,
            headers: headers
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: ask.body.to_vec(),
        };
        let mut attempt = 0;
        loop {
            attempt += 1;
            let outcome = self.client.http.send(&request).await;
            let again = match &outcome {
                Ok(response) => matches!(response.status, 429 | 500 | 502 | 503 | 504),
                Err(error) => error.is_transient(),
            } && attempt < self.client.retry.max_attempts;
            let wait = again.then(|| context::jitter(self.client.retry.ceiling(attempt)));
            (self.client.observer)(&crate::http::Exchange {
                request: &request,
                outcome: outcome.as_ref(),
                retry_in: wait,
                clock_ahead: None,
            });
            let Some(wait) = wait else {
                self.remember(method, ask.name, &outcome);
                return outcome;
            };
            self.client.context.sleep(wait).await;
        }
    }

    /// A refused upload has made nothing; one without an answer may have.
    fn remember(&self, method: Method, name: &str, outcome: &Result<Response, HttpError>) {
        let makes = matches!(method, Method::Put | Method::Delete) && !name.is_empty();
        let Ok(answer) = outcome else { return };
        if !makes {
            return;
        }
        let mut made = self.made.borrow_mut();
        if let Some(version) = answer.header("x-amz-version-id") {
            made.versions.insert((name.to_owned(), version.to_owned()));
        }
        if let Some(uploads) = made.names.get_mut(name)
            && method == Method::Put
            && (400..500).contains(&answer.status)
        {
            *uploads -= 1;
        }
    }

    /// Without any signature.
    pub(super) async fn anonymous(&self, name: &str) -> Result<Response, HttpError> {
        let key = encode::path(self.key(name).as_bytes());
        let url = format!("{}/{key}", self.endpoint.url());
        let nothing = Ask {
            name,
            ..Ask::default()
        };
        self.send(Method::Get, url, &nothing).await
    }

    /// A GET over plain HTTP, with a valid signature.
    pub(super) async fn over_http(
        &self,
        plain: &Endpoint,
        name: &str,
    ) -> Result<Response, HttpError> {
        let ask = Ask {
            name,
            ..Ask::default()
        };
        let url = self.url(plain, Method::Get, &ask);
        self.send(Method::Get, url, &ask).await
    }

    /// From now on this policy is what must stand there in the end; `None`: nothing was changed.
    pub(super) fn restore_policy_at_end(&self, policy: Option<&[u8]>) {
        self.made.borrow_mut().policy = policy.map(<[u8]>::to_vec);
    }

    /// Whether the server took it.
    pub(super) async fn put_policy(&self, policy: &[u8]) -> Result<Response, HttpError> {
        let md5 = BASE64.encode(Md5::digest(policy));
        let ask = Ask {
            query: &[("policy", "")],
            headers: &[("content-md5", &md5)],
            body: policy,
            ..Ask::default()
        };
        self.ask(Method::Put, &ask).await
    }

    /// The policy as it was; `true` if the bucket shows it again.
    pub(super) async fn put_back(&self, policy: &[u8]) -> bool {
        let read = Ask {
            query: &[("policy", "")],
            ..Ask::default()
        };
        let value = |body: &[u8]| serde_json::from_slice::<Value>(body).ok();
        if !(self.put_policy(policy).await).is_ok_and(|answer| answer.status < 300) {
            return false;
        }
        let shown = self.ask(Method::Get, &read).await;
        shown.is_ok_and(|answer| value(&answer.body) == value(policy))
    }

    /// Puts the policy back and removes every object, and every version of it. What cannot be removed is
    /// named.
    pub(super) async fn clean_up(&self) -> Vec<String> {
        let Made {
            names,
            versions,
            policy,
        } = self.made.take();
        let mut left = Vec::new();
        if let Some(policy) = policy
            && !self.put_back(&policy).await
        {
            left.push("the bucket policy as it was".to_owned());
        }
        let has_version = |name: &String| versions.iter().any(|(of, _)| of == name);
        for (name, _) in names
            .iter()
            .filter(|(name, uploads)| **uploads > 0 && !has_version(name))
        {
            let ask = Ask {
                name,
                ..Ask::default()
            };
            if !self.is_done(Method::Delete, &ask).await {
                left.push(self.key(name));
            }
        }
        // What a DELETE has just made: markers, of uploads whose answer was lost.
        let mut all = self.made.take().versions;
        all.extend(versions);
        let versioned = !all.is_empty();
        if versioned {
            all.extend(self.versions().await);
        }
        for (name, version) in &all {
            let ask = Ask {
                name,
                query: &[("versionId", version)],
                ..Ask::default()
            };
            if !self.is_done(Method::Delete, &ask).await {
                left.push(self.key(name));
            }
        }
        if versioned {
            let still = self.versions().await;
            left.extend(still.into_iter().map(|(name, _)| self.key(&name)));
        }
        left.dedup();
        left
    }

    async fn is_done(&self, method: Method, ask: &Ask<'_>) -> bool {
        let answer = self.ask(method, ask).await;
        answer.is_ok_and(|answer| answer.status < 300)
    }

    /// Name and id of every version and delete marker of this run; none where they may not be listed.
    async fn versions(&self) -> Vec<(String, String)> {
        let ask = Ask {
            query: &[("prefix", &self.folder), ("versions", "")],
            ..Ask::default()
        };
        let Ok(answer) = self.ask(Method::Get, &ask).await else {
            return Vec::new();
        };
        let Ok(list) = Element::read("ListVersionsResult", &answer.body) else {
            return Vec::new();
        };
        let all = list.all("Version").chain(list.all("DeleteMarker"));
        all.filter_map(|one| {
            let name = one.text_of("Key").strip_prefix(&self.folder)?;
            Some((name.to_owned(), one.text_of("VersionId").to_owned()))
        })
        .collect()
    }
}

/// Where the server answers plain HTTP: AWS at port 80 of the same host; another one where it was said,
/// or at port 80 if its https is at the usual port.
fn plain(
    client: &Client,
    wish: &Wish,
    bucket: &Bucket<'_>,
    endpoint: &Endpoint,
) -> Option<Endpoint> {
    if endpoint.scheme == Scheme::Http {
        return Some(endpoint.clone());
    }
    if let Some(url) = &wish.http_endpoint {
        let config = Config {
            endpoint: Some(url.clone()),
            region: bucket.region.clone(),
            ..client.config.clone()
        };
        return config.resolve(Some(bucket.name.as_str())).ok();
    }
    let port = endpoint.host.rsplit_once(':').map(|(_, port)| port);
    let is_usual = port.is_none_or(|port| port.ends_with(']'));
    is_usual.then(|| Endpoint {
        scheme: Scheme::Http,
        ..endpoint.clone()
    })
}

/// An answer in S3's words.
pub(super) fn said(outcome: &Result<Response, HttpError>) -> String {
    match outcome {
        Ok(response) => Answer::read(response).to_string(),
        Err(error) => match error.causes.last() {
            Some(cause) => format!("{error} ({cause})"),
            None => error.to_string(),
        },
    }
}
