//! Removes the objects of the probes with all versions, and the statement that a probe added to the
//! policy.

use super::probe::{Answered, Created, ProbeRequest, Prober};
use crate::xml::Element;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use s3_presign::Method;
use serde_json::Value;
use std::time::Duration;

/// The `Sid` of the statement that the probe `public-policy` adds.
pub(super) const PROBE_SID: &str = "S3SecureBucketProbe";
/// The waits before each read of the policy, in milliseconds. The reads are repeated, because AWS
/// shows a change of the policy with a delay.
const WAITS_MS: [u64; 6] = [0, 250, 500, 1_000, 2_000, 4_000];

impl Prober<'_> {
    /// Records the policy that [`clean_up`](Self::clean_up) must restore. `None` means that the
    /// policy is unchanged.
    pub(super) fn restore_policy_at_end(&self, policy: Option<&[u8]>) {
        self.created().policy = policy.map(<[u8]>::to_vec);
    }

    /// Writes the policy. Returns the answer, and whether every attempt had an answer.
    pub(super) async fn put_policy(&self, policy: &[u8]) -> (Answered, bool) {
        let md5 = BASE64.encode(Md5::digest(policy));
        let request = ProbeRequest {
            query: &[("policy", "")],
            headers: &[("content-md5", &md5)],
            body: policy,
            ..ProbeRequest::default()
        };
        self.request_with_certainty(Method::Put, &request).await
    }

    /// Restores the policy `before`. If another tool or person has changed the policy meanwhile,
    /// this method keeps their changes and only removes the probe's statement. Returns `true` if
    /// two consecutive reads show no statement of the probe.
    pub(super) async fn put_back(&self, before: &[u8]) -> bool {
        let read = ProbeRequest {
            query: &[("policy", "")],
            ..ProbeRequest::default()
        };
        let value = |body: &[u8]| serde_json::from_slice::<Value>(body).ok();
        let mut clean = 0;
        for wait in WAITS_MS {
            self.client.context.sleep(Duration::from_millis(wait)).await;
            let Ok(answer) = self.request(Method::Get, &read).await else {
                continue;
            };
            let Some(mut now) = value(&answer.body).filter(|_| answer.status == 200) else {
                if answer.status == 404 {
                    return true;
                }
                continue;
            };
            let is_probe = |statement: &Value| statement["Sid"] == PROBE_SID;
            let statements = now.get_mut("Statement").and_then(Value::as_array_mut);
            if !statements
                .as_ref()
                .is_some_and(|all| all.iter().any(is_probe))
            {
                clean += 1;
                if clean == 2 {
                    return true;
                }
                continue;
            }
            clean = 0;
            if let Some(statements) = statements {
                statements.retain(|statement| !is_probe(statement));
            }
            if Some(&now) == value(before).as_ref() {
                let _ = self.put_policy(before).await;
            } else {
                let _ = self.put_policy(now.to_string().as_bytes()).await;
            }
        }
        false
    }

    /// Removes all probe objects with all their versions, and the probe's statement. Returns a text
    /// for each object or statement that could not be removed.
    pub(super) async fn clean_up(&self) -> Vec<String> {
        let Created {
            names,
            versions,
            uploads,
            policy,
        } = std::mem::take(&mut *self.created());
        let mut left = Vec::new();
        if let Some(policy) = policy
            && !self.put_back(&policy).await
        {
            left.push(format!(
                "the statement {PROBE_SID} in the bucket policy, if the probe added it"
            ));
        }
        left.extend(self.abort_uploads(uploads).await);
        let has_version = |name: &String| versions.iter().any(|(of, _)| of == name);
        for (name, _) in names
            .iter()
            .filter(|(name, uploads)| **uploads > 0 && !has_version(name))
        {
            let request = ProbeRequest {
                name,
                ..ProbeRequest::default()
            };
            if !self.is_deleted(&request).await {
                left.push(self.key(name));
            }
        }
        // In a versioned bucket, the DELETE requests above have created delete markers, which must
        // be removed too.
        let mut all = std::mem::take(&mut *self.created()).versions;
        all.extend(versions);
        let versioned = !all.is_empty();
        if versioned {
            all.extend(self.versions().await.unwrap_or_default());
        }
        for (name, version) in &all {
            let request = ProbeRequest {
                name,
                query: &[("versionId", version)],
                ..ProbeRequest::default()
            };
            if !self.is_deleted(&request).await {
                left.push(self.key(name));
            }
        }
        if versioned {
            match self.versions().await {
                Some(still) => left.extend(still.iter().map(|(name, _)| self.key(name))),
                None => left.push(format!(
                    "object versions under {}, if any (listing them needs s3:ListBucketVersions)",
                    self.folder
                )),
            }
        }
        left.dedup();
        left
    }

    /// Deletes an object and returns whether S3 accepted the request. This method sends no request
    /// without an object name, because a DELETE without an object name would delete the bucket.
    async fn is_deleted(&self, request: &ProbeRequest<'_>) -> bool {
        if request.name.is_empty() {
            return false;
        }
        let answer = self.request(Method::Delete, request).await;
        answer.is_ok_and(|answer| answer.status < 300)
    }

    /// Returns the object names and version IDs of all versions and delete markers of this run, or
    /// `None` if listing fails.
    async fn versions(&self) -> Option<Vec<(String, String)>> {
        let request = ProbeRequest {
            query: &[("prefix", &self.folder), ("versions", "")],
            ..ProbeRequest::default()
        };
        let answer = self.request(Method::Get, &request).await.ok()?;
        let list = Element::read("ListVersionsResult", &answer.body).ok()?;
        let all = list.all("Version").chain(list.all("DeleteMarker"));
        // Entries with an empty name are ignored, because some servers list the folder itself,
        // which the probes did not create.
        let ours = |one: &Element| {
            let name = one.text_of("Key").strip_prefix(&self.folder)?;
            let version = one.text_of("VersionId");
            (!name.is_empty()).then(|| (name.to_owned(), version.to_owned()))
        };
        Some(all.filter_map(ours).collect())
    }
}
