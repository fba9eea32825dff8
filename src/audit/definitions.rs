//! Decides whether a bucket fails a control of AWS Security Hub, by that control's own definition.
//!
//! <https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html>

use super::Verdict;
use super::access::{Access, AccessGrant};
use super::checks::Check;
use super::documents::{Documents, NotRead};
use super::outcome::Outcome;
use crate::controls::{ALL, Settings, TlsCondition};
use crate::policy::OutsideKind;
use crate::xml::Element;
use serde_json::{Value, json};

/// The result of a check. `None` if the check does not apply to the bucket, or if the audit did not read
/// the documents that the check needs.
pub(super) fn outcome(
    check: &Check,
    documents: &Documents,
    access: &Access,
    settings: &Settings,
) -> Option<Outcome> {
    if check.is_full() {
        return documents.full.get(check.id).cloned();
    }
    let found = match check.id {
        "S3.2" => public(documents, access, |reads, _| reads),
        "S3.3" => public(documents, access, |_, writes| writes),
        "S3.5" => tls(documents, settings)?,
        "S3.6" => administration(documents, access)?,
        "S3.8" => block(documents)?,
        "S3.9" => logging(documents)?,
        "S3.10" => return old_versions(documents),
        "S3.12" => acl(documents, access)?,
        "S3.13" => has_rules(documents)?,
        "S3.14" => versioning(documents)?,
        "S3.17" => kms(documents)?,
        "S3.20" => return mfa_delete(documents),
        "CloudTrail.7" => return trail(documents),
        "CIS-2.21" => everyone(documents, access)?,
        other => unreachable!("{other} has no definition"),
    };
    Some(found.unwrap_or_else(Outcome::not_read))
}

type Found = Option<Result<Outcome, NotRead>>;

/// S3.2 and S3.3: the bucket fails if an open grant of the policy or of the ACL is public.
fn public(
    documents: &Documents,
    access: &Access,
    concerns: fn(bool, bool) -> bool,
) -> Result<Outcome, NotRead> {
    // S3's own verdict about the policy counts too. Fixed principals are never the reason for it.
    let by_status = access.policy_is_public == Some(true) && !access.cut_off.policy;
    let is_public = |it: &&AccessGrant| {
        let has_fixed = matches!(it.grant.kind, OutsideKind::Account | OutsideKind::Service);
        it.is_public() || (by_status && it.source == "policy" && !has_fixed)
    };
    let failing: Vec<_> = (access.grants.iter().filter(is_public))
        .filter(|it| concerns(it.grant.reads, it.grant.writes))
        .collect();
    let texts: Vec<String> = failing.iter().map(|grant| grant.text()).collect();
    let found: Vec<Value> = failing.iter().map(|grant| grant.json()).collect();
    if !texts.is_empty() {
        return match documents.body("publicAccessBlock") {
            // Block Public Access may cut off the access.
            Some(Err(why)) if why.0 == Verdict::Unknown => Err(why),
            _ => Ok(Outcome::of(false, json!(found)).with(texts.join("; "))),
        };
    }
    let is_cut_off = access.cut_off.policy && access.cut_off.acl;
    match access.public_unknown() {
        Some(why) if !is_cut_off => Err(why.clone()),
        _ => Ok(Outcome::of(true, json!([]))),
    }
}

/// CIS 2.21: no statement of the policy is for everyone without a condition that narrows the access. Block
/// Public Access does not count.
fn everyone(documents: &Documents, access: &Access) -> Found {
    if let Err(why) = documents.policy()? {
        return Some(Err(why));
    }
    let all = access.grants.iter();
    let failing: Vec<String> = all
        .filter(|it| it.source == "policy" && it.grant.kind == OutsideKind::Public)
        .map(AccessGrant::text)
        .collect();
    Some(Ok(listed(&failing)))
}

/// The outcome of a control that fails for each of these grants.
fn listed(failing: &[String]) -> Outcome {
    let outcome = Outcome::of(failing.is_empty(), json!(failing));
    match failing {
        [] => outcome,
        all => outcome.with(all.join("; ")),
    }
}

/// S3.5: the policy denies requests without TLS. Both operators of the statement count.
fn tls(documents: &Documents, settings: &Settings) -> Found {
    let body = match documents.body("policy")? {
        Ok(body) => body,
        Err(why) => return Some(Err(why)),
    };
    let control = ALL.iter().find(|control| control.info().id == "tls-only")?;
    let mut passes = false;
    for tls_condition in [TlsCondition::Bool, TlsCondition::BoolIfExists] {
        let settings = Settings {
            tls_condition,
            replace_policy: false,
            ..settings.clone()
        };
        match control.review(body, &settings) {
            Ok(review) => passes |= review.change.is_none(),
            Err(why) => return Some(Err((Verdict::Unknown, why.to_string()))),
        }
    }
    let policy = documents.policy()?.map(|policy| policy.json());
    Some(policy.map(|policy| Outcome::of(passes, policy)))
}

/// S3.6: the policy lets principals of other accounts change who has access.
fn administration(documents: &Documents, access: &Access) -> Found {
    if let Err(why) = documents.policy()? {
        return Some(Err(why));
    }
    let is_other = |kind: OutsideKind| !matches!(kind, OutsideKind::Service);
    let failing = access.grants.iter().filter(|it| {
        it.source == "policy" && is_other(it.grant.kind) && !it.grant.administers.is_empty()
    });
    let failing: Vec<String> = failing
        .map(|it| format!("{} ({})", it.text(), it.grant.administers.join(", ")))
        .collect();
    Some(Ok(listed(&failing)))
}

/// S3.8: all four settings of the bucket are on.
fn block(documents: &Documents) -> Found {
    let block = documents.xml("publicAccessBlock", "PublicAccessBlockConfiguration")?;
    Some(block.map(|block| all_on(&block)))
}

/// Whether all four settings of Block Public Access are on.
pub(super) fn all_on(block: &Element) -> Outcome {
    let settings = [
        "BlockPublicAcls",
        "IgnorePublicAcls",
        "BlockPublicPolicy",
        "RestrictPublicBuckets",
    ];
    let all = settings.map(|name| (name, block.text_of(name) == "true"));
    let found: serde_json::Map<String, Value> = all
        .into_iter()
        .map(|(name, is_on)| (name.to_owned(), json!(is_on)))
        .collect();
    Outcome::of(all.iter().all(|(_, is_on)| *is_on), Value::Object(found))
}

/// S3.9: S3 delivers access logs, to any bucket.
fn logging(documents: &Documents) -> Found {
    let status = documents.xml("logging", "BucketLoggingStatus")?;
    Some(status.map(|status| {
        let target = status
            .child("LoggingEnabled")
            .map(|enabled| enabled.text_of("TargetBucket").to_owned());
        let target = target.filter(|name| !name.is_empty());
        Outcome::of(target.is_some(), json!({ "TargetBucket": target }))
    }))
}

/// S3.13: the lifecycle configuration has an enabled rule.
fn has_rules(documents: &Documents) -> Found {
    let document = documents.xml("lifecycle", "LifecycleConfiguration")?;
    Some(document.map(|document| {
        let count = rules(&document);
        Outcome::of(count > 0, json!({ "enabled_rules": count }))
    }))
}

fn rules(document: &Element) -> usize {
    let all = document.all("Rule");
    all.filter(|rule| rule.text_of("Status") == "Enabled")
        .count()
}

fn status(documents: &Documents) -> Option<Result<Element, NotRead>> {
    documents.xml("versioning", "VersioningConfiguration")
}

/// S3.14: versioning is enabled. Suspended versioning fails.
fn versioning(documents: &Documents) -> Found {
    Some(status(documents)?.map(|found| {
        let status = found.text_of("Status");
        Outcome::of(status == "Enabled", json!({ "Status": status }))
    }))
}

/// S3.10 applies only to a bucket with versioning.
fn old_versions(documents: &Documents) -> Option<Outcome> {
    match status(documents)? {
        Ok(found) if found.text_of("Status") == "Enabled" => {
            Some(has_rules(documents)?.unwrap_or_else(Outcome::not_read))
        }
        Ok(_) => None,
        Err(why) => Some(Outcome::not_read(why)),
    }
}

/// S3.20 does not apply to a bucket with a lifecycle configuration, because S3 does not allow MFA delete
/// and a lifecycle configuration together.
fn mfa_delete(documents: &Documents) -> Option<Outcome> {
    match documents.xml("lifecycle", "LifecycleConfiguration")? {
        Ok(document) if document.child("Rule").is_some() => return None,
        Ok(_) => {}
        Err(why) => return Some(Outcome::not_read(why)),
    }
    let found = status(documents)?.map(|found| {
        let is_on = found.text_of("MfaDelete") == "Enabled";
        let outcome = Outcome::of(is_on, json!({ "MFADelete": found.text_of("MfaDelete") }));
        if is_on {
            outcome
        } else {
            outcome.with("only the root user can switch MFA delete on")
        }
    });
    Some(found.unwrap_or_else(Outcome::not_read))
}

/// S3.12: ACLs are disabled, or the ACL of the bucket gives no access to others.
fn acl(documents: &Documents, access: &Access) -> Found {
    let ownership = match documents.xml("ownershipControls", "OwnershipControls")? {
        Ok(document) => document,
        Err(why) => return Some(Err(why)),
    };
    let rule = ownership.child("Rule");
    let is = rule.map_or("", |rule| rule.text_of("ObjectOwnership"));
    let grants = access.grants.iter().filter(|it| it.source == "acl");
    let grants: Vec<String> = grants.map(AccessGrant::text).collect();
    let found = json!({ "ObjectOwnership": is, "grants": grants });
    if is != "BucketOwnerEnforced"
        && let Some(why) = &access.acl_unknown
    {
        return Some(Err(why.clone()));
    }
    Some(Ok(Outcome::of(grants.is_empty(), found)))
}

/// S3.17: the default encryption is SSE-KMS or DSSE-KMS, with any key.
fn kms(documents: &Documents) -> Found {
    let document = documents.xml("encryption", "ServerSideEncryptionConfiguration")?;
    Some(document.map(|document| {
        let by_default = document
            .child("Rule")
            .and_then(|rule| rule.child("ApplyServerSideEncryptionByDefault"));
        let algorithm = by_default.map_or("", |it| it.text_of("SSEAlgorithm"));
        let found = json!({ "SSEAlgorithm": algorithm });
        Outcome::of(algorithm.starts_with("aws:kms"), found)
    }))
}

/// CloudTrail.7 applies only to a bucket whose policy lets the trail service write.
fn trail(documents: &Documents) -> Option<Outcome> {
    let policy = match documents.policy()? {
        Ok(policy) => policy,
        Err(why) => return Some(Outcome::not_read(why)),
    };
    let is_trail = policy.statements().any(|statement| {
        let services = statement.allowed_services();
        services
            .iter()
            .any(|name| name == "cloudtrail.amazonaws.com")
    });
    if !is_trail {
        return None;
    }
    Some(logging(documents)?.unwrap_or_else(Outcome::not_read))
}
