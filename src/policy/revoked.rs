//! The statements of revoked URLs: which keys they deny, until when, and to whom.
//!
//! A statement denies every action on its keys until a time. [`Kind::Urls`] denies only requests whose
//! signature is in the query or in a form, so the signed requests of the owner go on.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html>

use super::{Document, Statement, is_named};
use crate::values::covers;
use s3_presign::timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// The requests that a revocation denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Presigned URLs and forms.
    Urls,
    /// Every request, also of the owner.
    Everyone,
}

/// A key, or a pattern of keys, whose URLs are revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// The ARN of the object. A `*` in it matches any text.
    pub arn: String,
    /// The end of the revocation, in whole seconds.
    pub until: OffsetDateTime,
    /// The denied requests.
    pub kind: Kind,
}

const AUTH_TYPE: &str = "s3:authType";
/// The values of [`AUTH_TYPE`] for presigned URLs and for forms.
const AUTH_TYPES: [&str; 2] = ["REST-QUERY-STRING", "POST"];
const TIME: &str = "aws:CurrentTime";

impl Kind {
    /// The `Sid` of the statements of this kind, which a number may follow.
    #[must_use]
    pub fn sid(self) -> &'static str {
        match self {
            Kind::Urls => "DenyRevokedUrls",
            Kind::Everyone => "DenyRevokedForEveryone",
        }
    }
}

impl Revocation {
    /// Whether this revocation denies every request that `other` denies.
    fn covers(&self, other: &Revocation) -> bool {
        // In an ARN, `${*}` is the character `*`, which the comparison of patterns would misread.
        let is_pattern = self.arn.ends_with('*') && !self.arn.contains("${");
        let has_arn = self.arn == other.arn || (is_pattern && covers(&self.arn, &other.arn));
        has_arn && self.until >= other.until && self.kind >= other.kind
    }

    fn is_over(&self, now: OffsetDateTime) -> bool {
        self.until <= now
    }
}

impl Document {
    /// The revocations in the policy, also those that have ended.
    #[must_use]
    pub fn revocations(&self) -> Vec<Revocation> {
        self.statements().filter_map(parsed).flatten().collect()
    }

    /// Adds revocations, and removes those that have ended. Returns `false` and changes nothing if the policy
    /// already denies all these requests.
    pub fn revoke(&mut self, wanted: &[Revocation], now: OffsetDateTime) -> bool {
        let mut all = self.revocations();
        let is_covered = |wanted: &Revocation| {
            all.iter()
                .any(|known| !known.is_over(now) && known.covers(wanted))
        };
        if wanted.iter().all(is_covered) {
            return false;
        }
        for one in wanted {
            all.retain(|known| !one.covers(known));
            if !all.iter().any(|known| known.covers(one)) {
                all.push(one.clone());
            }
        }
        self.replace_revocations(all, now);
        true
    }

    /// Removes the revocations of these ARNs, and those that have ended. Returns the removed revocations that
    /// had not ended. If the list is empty, the policy is unchanged.
    pub fn undo(&mut self, arns: &[String], now: OffsetDateTime) -> Vec<Revocation> {
        let is_named = |known: &Revocation| arns.contains(&known.arn) && !known.is_over(now);
        let (removed, kept): (Vec<_>, Vec<_>) = self.revocations().into_iter().partition(is_named);
        if !removed.is_empty() {
            self.replace_revocations(kept, now);
        }
        removed
    }

    /// Whether a revocation that has not ended denies presigned requests for this ARN.
    #[must_use]
    pub fn denies(&self, arn: &str, now: OffsetDateTime) -> bool {
        let wanted = Revocation {
            arn: arn.to_owned(),
            until: now,
            kind: Kind::Urls,
        };
        let all = self.revocations();
        (all.iter()).any(|known| !known.is_over(now) && known.covers(&wanted))
    }

    /// Whether a statement of the policy is a revocation of this program.
    pub(crate) fn is_revocation(statement: &Value) -> bool {
        let map = statement.as_object();
        map.is_some_and(|map| parsed(Statement::new(map)).is_some())
    }

    /// Replaces the statements of revocations by one statement for each kind and end.
    fn replace_revocations(&mut self, all: Vec<Revocation>, now: OffsetDateTime) {
        let bucket = all.first().map(|first| first.arn.clone());
        let before: Vec<Value> = self.values();
        let ours = before.iter().find(|one| Document::is_revocation(one));
        // S3 refuses a policy without statements, and some servers delete the bucket instead of the
        // policy. A statement that has ended has no effect, so such a statement can stay.
        let last = ours.cloned();
        self.list_mut().retain(|one| !Document::is_revocation(one));
        let mut groups: BTreeMap<(Kind, OffsetDateTime), Vec<String>> = BTreeMap::new();
        for one in all.into_iter().filter(|one| !one.is_over(now)) {
            groups
                .entry((one.kind, one.until))
                .or_default()
                .push(one.arn);
        }
        for ((kind, until), arns) in groups {
            self.put(kind.sid(), statement(kind, until, arns), |_| false);
        }
        if self.values().is_empty() {
            let arns = last
                .as_ref()
                .and_then(arns_of)
                .or(bucket.map(|arn| vec![arn]));
            let ended = statement(
                Kind::Urls,
                OffsetDateTime::UNIX_EPOCH,
                arns.unwrap_or_default(),
            );
            self.put(Kind::Urls.sid(), ended, |_| false);
        }
    }
}

fn arns_of(statement: &Value) -> Option<Vec<String>> {
    let map = statement.as_object()?;
    Some(Statement::new(map).resources())
}

/// The statement that denies requests of this kind on these ARNs until a time.
fn statement(kind: Kind, until: OffsetDateTime, mut arns: Vec<String>) -> Value {
    let resource = match arns.len() {
        1 => json!(arns.remove(0)),
        _ => json!(arns),
    };
    let until = timestamp::rfc3339(until);
    let condition = match kind {
        Kind::Urls => json!({
            "StringEquals": { AUTH_TYPE: AUTH_TYPES },
            "DateLessThan": { TIME: until },
        }),
        Kind::Everyone => json!({ "DateLessThan": { TIME: until } }),
    };
    json!({
        "Sid": kind.sid(),
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": resource,
        "Condition": condition,
    })
}

/// The revocations of a statement, if this program wrote the statement.
fn parsed(statement: Statement<'_>) -> Option<Vec<Revocation>> {
    let kind = [Kind::Urls, Kind::Everyone]
        .into_iter()
        .find(|kind| is_named(statement.sid(), kind.sid()))?;
    let is_plain = statement.has_only_known_members()
        && statement.is_deny_for_everybody()
        && statement.actions() == ["s3:*"];
    let (mut until, mut types) = (None, None);
    for (operator, key, mut values) in statement.conditions()? {
        if operator == "DateLessThan" && key.eq_ignore_ascii_case(TIME) && values.len() == 1 {
            until = timestamp::parse(&values.remove(0)).ok();
        } else if operator == "StringEquals" && key.eq_ignore_ascii_case(AUTH_TYPE) {
            values.sort();
            types = Some(values);
        } else {
            return None;
        }
    }
    let types_fit = match kind {
        Kind::Urls => types.is_some_and(|types| types == ["POST", "REST-QUERY-STRING"]),
        Kind::Everyone => types.is_none(),
    };
    let until = until.filter(|_| is_plain && types_fit)?;
    let arns = statement.resources().into_iter();
    Some(arns.map(|arn| Revocation { arn, until, kind }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn at(hours: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(NOW + 3600 * hours).unwrap()
    }

    fn urls(key: &str, hours: i64) -> Revocation {
        Revocation {
            arn: format!("arn:aws:s3:::drop-box/{key}"),
            until: at(hours),
            kind: Kind::Urls,
        }
    }

    fn everyone(key: &str, hours: i64) -> Revocation {
        Revocation {
            kind: Kind::Everyone,
            ..urls(key, hours)
        }
    }

    fn foreign() -> Document {
        Document::read(
            br#"{"Version":"2012-10-17","Statement":[{"Sid":"Theirs","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::drop-box/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}"#,
        )
        .unwrap()
    }

    #[test]
    fn the_statement_denies_urls_and_forms_until_the_end() {
        let mut policy = foreign();
        assert!(policy.revoke(&[urls("in/a.pdf", 24)], at(0)));
        assert_eq!(
            policy.values()[1].to_string(),
            r#"{"Sid":"DenyRevokedUrls","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::drop-box/in/a.pdf","Condition":{"StringEquals":{"s3:authType":["REST-QUERY-STRING","POST"]},"DateLessThan":{"aws:CurrentTime":"2027-01-16T08:00:00Z"}}}"#
        );
        assert!(policy.revoke(&[everyone("in/b.pdf", 24)], at(0)));
        assert_eq!(
            policy.values()[2].to_string(),
            r#"{"Sid":"DenyRevokedForEveryone","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::drop-box/in/b.pdf","Condition":{"DateLessThan":{"aws:CurrentTime":"2027-01-16T08:00:00Z"}}}"#
        );
    }

    #[test]
    fn a_request_that_is_denied_already_needs_no_change() {
        let mut policy = foreign();
        assert!(policy.revoke(&[urls("in/*", 24)], at(0)));
        let before = policy.clone();
        assert!(!policy.revoke(&[urls("in/a.pdf", 24), urls("in/b/*", 23)], at(0)));
        assert_eq!(policy, before);
        assert!(policy.revoke(&[urls("in/a.pdf", 25)], at(0)), "a later end");
        assert!(
            policy.revoke(&[everyone("in/a.pdf", 1)], at(0)),
            "more requests"
        );
        assert!(policy.revoke(&[urls("in/a.pdf", 30)], at(24)), "ended");
    }

    #[test]
    fn revocations_with_one_end_share_a_statement_and_ended_ones_are_pruned() {
        let mut policy = foreign();
        policy.revoke(&[urls("a", 1), urls("b", 24)], at(0));
        policy.revoke(&[urls("c", 24)], at(0));
        let sids = |policy: &Document| -> Vec<String> {
            let sid = |one: &Value| one["Sid"].as_str().unwrap().to_owned();
            policy.values().iter().map(sid).collect()
        };
        assert_eq!(
            sids(&policy),
            ["Theirs", "DenyRevokedUrls", "DenyRevokedUrls2"]
        );
        policy.revoke(&[urls("d", 24)], at(2));
        assert_eq!(sids(&policy), ["Theirs", "DenyRevokedUrls"]);
        let found = policy.revocations();
        assert_eq!(found, [urls("b", 24), urls("c", 24), urls("d", 24)]);
    }

    #[test]
    fn undo_removes_the_named_revocations_only() {
        let mut policy = foreign();
        policy.revoke(&[urls("a", 24), urls("b", 24), everyone("a", 1)], at(0));
        let arn = urls("a", 0).arn;
        let removed = policy.undo(std::slice::from_ref(&arn), at(0));
        assert_eq!(removed, [urls("a", 24), everyone("a", 1)]);
        assert_eq!(policy.revocations(), [urls("b", 24)]);
        let before = policy.clone();
        assert_eq!(policy.undo(&[arn], at(0)), []);
        assert_eq!(policy, before);
    }

    #[test]
    fn a_policy_never_becomes_empty() {
        let mut policy = Document::default();
        policy.revoke(&[urls("a", 24)], at(0));
        policy.undo(&[urls("a", 0).arn], at(0));
        let left = policy.revocations();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].until, OffsetDateTime::UNIX_EPOCH);
        policy.revoke(&[urls("b", 24)], at(0));
        assert_eq!(policy.revocations(), [urls("b", 24)]);
    }

    #[test]
    fn a_statement_that_another_tool_changed_is_foreign() {
        let mut policy = foreign();
        policy.revoke(&[urls("a", 24)], at(0));
        let ours = policy.values()[1].clone();
        for (member, value) in [
            ("Action", json!("s3:GetObject")),
            ("Effect", json!("Allow")),
            ("Principal", json!({"AWS": "111122223333"})),
            ("NotAction", json!("s3:PutObject")),
            ("Sid", json!("DenyRevokedUrlsOfOthers")),
            ("Condition", json!({})),
        ] {
            let mut theirs = ours.clone();
            theirs[member] = value;
            assert!(!Document::is_revocation(&theirs), "{theirs}");
        }
    }
}
