//! The findings of an audit, their verdicts and severities.

use super::access::{Access, AccessGrant};
use super::checks::{CHECKS, Check, Standard};
use super::definitions;
use super::documents::Documents;
use super::outcome::Outcome;
use super::verdict::{Severity, Verdict};
use crate::controls::{Info, Settings};
use crate::policy::OutsideKind;
use serde_json::{Value, json};

/// The result of the audit for one control.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// The description of the subject of the finding.
    pub(crate) topic: Topic,
    /// The IDs of the AWS Security Hub controls, such as `S3.5`, that have the verdict of this finding
    /// by their own definitions.
    pub security_hub: Vec<&'static str>,
    /// The controls of [`Self::security_hub`], with their requirements in other standards.
    pub(crate) checks: Vec<&'static Check>,
    /// Whether the bucket complies with the control.
    pub verdict: Verdict,
    /// The existing state of the bucket as JSON. The value is `null` if nothing is configured, or
    /// if the state could not be read.
    pub found: Value,
    /// The state that the settings request, as JSON with the same structure as `found`. The value is
    /// `null` for a finding that compares the bucket with no state.
    pub wanted: Value,
    /// A short description of the desired state, if the title of the control does not describe that
    /// state.
    pub summary: Option<String>,
    /// The reason why the verdict is not `Compliant`, or a note about a compliant control.
    pub detail: Option<String>,
}

/// The description of a finding's subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Topic {
    /// The ID, such as `tls-only`, or `S3.5` in an audit against a standard.
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) why: &'static str,
    pub(crate) severity: Severity,
    pub(crate) fix: Fix,
    /// The URL of a page that documents the setting.
    pub(crate) page: String,
}

/// The next step after drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fix {
    /// `bootstrap` with these options.
    Bootstrap(&'static str),
    /// A step that the operator takes.
    Advice(&'static str),
}

impl Fix {
    /// Returns the next step for a bucket.
    pub(crate) fn text(self, bucket: &str) -> String {
        match self {
            Fix::Bootstrap("") => format!("s3-secure-bucket bootstrap {bucket} --no-presign"),
            Fix::Bootstrap(options) => {
                format!("s3-secure-bucket bootstrap {bucket} {options} --no-presign")
            }
            Fix::Advice(advice) => advice.to_owned(),
        }
    }
}

impl Finding {
    /// Returns the control's id, such as `tls-only`.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.topic.id
    }

    /// Returns the control's title, such as `Block Public Access`.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.topic.title
    }

    /// Returns a sentence that explains the purpose of the control.
    #[must_use]
    pub fn why(&self) -> &'static str {
        self.topic.why
    }

    /// Returns how serious drift of this control is.
    pub(crate) fn severity(&self) -> Severity {
        self.topic.severity
    }
}

impl Topic {
    pub(crate) fn of_control(info: &'static Info) -> Self {
        let severity = match info.id {
            "public-access-block" => Severity::High,
            "versioning" | "mfa-delete" | "lifecycle" | "tags" => Severity::Low,
            _ => Severity::Medium,
        };
        // The next step shows which options need a value.
        let options = match info.flag {
            "--log-bucket" => "--log-bucket LOGS",
            "--min-tls" => "--min-tls 1.2",
            "--max-presign-age" => "--max-presign-age 15m",
            "--vpce or --source-ip" => "--vpce ID",
            "--tag" => "--tag KEY=VALUE",
            "--cors-origin" => "--cors-origin ORIGIN",
            "--data-events" => "--data-events TRAIL",
            "--mfa-delete" => "--mfa-delete SERIAL",
            flag => flag,
        };
        Topic {
            id: info.id,
            title: info.title,
            why: info.why,
            severity,
            fix: Fix::Bootstrap(options),
            page: info.subresource.api_page(),
        }
    }

    pub(super) fn sse_c() -> Self {
        Topic {
            id: "sse-c-blocked",
            title: "SSE-C uploads",
            why: "Objects that an uploader encrypts with its own key (SSE-C) are lost with that key, and ransomware uses such keys.",
            severity: Severity::Low,
            fix: Fix::Bootstrap(""),
            page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html".to_owned(),
        }
    }

    fn public_access() -> Self {
        Topic {
            id: "public-access",
            title: "Public access",
            why: "Everyone can use a public bucket, also without credentials.",
            severity: Severity::Critical,
            fix: Fix::Bootstrap(""),
            page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html".to_owned(),
        }
    }

    fn outside_access() -> Self {
        Topic {
            id: "outside-access",
            title: "Access from outside the account",
            why: "Other accounts and services can use the bucket, and an account with administrative actions can take over the bucket.",
            severity: Severity::High,
            fix: Fix::Advice(
                "remove or narrow the named statements of the bucket policy, or name the account with --allow-account",
            ),
            page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-walkthroughs-managing-access-example2.html".to_owned(),
        }
    }

    fn of_check(check: &'static Check) -> Self {
        let fix = check
            .options
            .map_or_else(|| Fix::Advice(check.advice()), Fix::Bootstrap);
        let anchor = check.id.to_ascii_lowercase().replace('.', "-");
        let service = if check.id.starts_with("S3") {
            "s3"
        } else {
            "cloudtrail"
        };
        let page = if check.cis_v7.is_some() {
            "https://www.cisecurity.org/benchmark/amazon_web_services".to_owned()
        } else {
            format!(
                "https://docs.aws.amazon.com/securityhub/latest/userguide/{service}-controls.html#{anchor}"
            )
        };
        Topic {
            id: check.id,
            title: check.title,
            why: check.why,
            severity: check.severity,
            fix,
            page,
        }
    }
}

/// The findings about public access and about access from outside the account. `only_named` makes the
/// access of every principal that the caller did not allow drift.
pub(super) fn of_access(documents: &Documents, access: &Access, only_named: bool) -> [Finding; 2] {
    [
        public_access(documents, access),
        outside_access(access, only_named),
    ]
}

fn finding(topic: Topic, outcome: Outcome) -> Finding {
    Finding {
        topic,
        security_hub: Vec::new(),
        checks: Vec::new(),
        verdict: outcome.verdict,
        found: outcome.found,
        wanted: Value::Null,
        summary: None,
        detail: outcome.detail,
    }
}

fn texts<'a>(grants: impl IntoIterator<Item = &'a AccessGrant>) -> String {
    let all: Vec<String> = grants.into_iter().map(AccessGrant::text).collect();
    all.join("; ")
}

fn public_access(documents: &Documents, access: &Access) -> Finding {
    let open: Vec<&AccessGrant> = access.public().collect();
    let cut_off = access
        .grants
        .iter()
        .filter(|grant| grant.blocked_by.is_some() && grant.grant.kind == OutsideKind::Public);
    let cut_off: Vec<&AccessGrant> = cut_off.collect();
    let is_cut_off = access.cut_off.policy && access.cut_off.acl;
    let found: Vec<Value> = open.iter().map(|grant| grant.json()).collect();
    let unread_block = match documents.body("publicAccessBlock") {
        Some(Err((Verdict::Unknown, why))) => Some(why),
        _ => None,
    };
    let unknown = access.public_unknown().filter(|_| !is_cut_off);
    let is_named = open.iter().any(|grant| grant.source == "policy");
    let (verdict, detail) = if let (Some(why), false) = (&unread_block, open.is_empty()) {
        let why = format!(
            "{}; whether Block Public Access cuts this off is unknown: {why}",
            texts(open)
        );
        (Verdict::Unknown, Some(why))
    } else if !open.is_empty() {
        let mut text = format!("PUBLIC: {}", texts(open));
        if access.policy_is_public == Some(false) && is_named {
            text += "; S3 reports the policy as not public, but a condition with a wildcard or a variable does not narrow access";
        }
        (Verdict::Drift, Some(text))
    } else if access.policy_is_public == Some(true) && !access.cut_off.policy {
        let text = "PUBLIC: S3 reports the policy as public";
        (Verdict::Drift, Some(text.to_owned()))
    } else if let Some((verdict, why)) = unknown {
        (*verdict, Some(why.clone()))
    } else if cut_off.is_empty() {
        (Verdict::Compliant, None)
    } else {
        let text = format!("Block Public Access cuts off: {}", texts(cut_off));
        (Verdict::Compliant, Some(text))
    };
    let outcome = Outcome {
        verdict,
        found: json!(found),
        detail,
    };
    finding(Topic::public_access(), outcome)
}

fn outside_access(access: &Access, only_named: bool) -> Finding {
    let all: Vec<&AccessGrant> = access
        .grants
        .iter()
        .filter(|grant| grant.grant.kind != OutsideKind::Public)
        .collect();
    let is_drift = |grant: &&&AccessGrant| {
        let administers =
            grant.grant.kind != OutsideKind::Service && !grant.grant.administers.is_empty();
        grant.blocked_by.is_none() && !grant.allowed && (only_named || administers)
    };
    let drift: Vec<&AccessGrant> = all.iter().filter(is_drift).copied().collect();
    let found: Vec<Value> = all.iter().map(|grant| grant.json()).collect();
    let (verdict, detail) = if !drift.is_empty() {
        (Verdict::Drift, Some(texts(drift)))
    } else if let Some((verdict, why)) = access.unknown() {
        (*verdict, Some(why.clone()))
    } else if all.is_empty() {
        (Verdict::Compliant, None)
    } else {
        (Verdict::Compliant, Some(texts(all)))
    };
    let outcome = Outcome {
        verdict,
        found: json!(found),
        detail,
    };
    finding(Topic::outside_access(), outcome)
}

/// Adds to each finding the IDs of Security Hub whose own definition gives the verdict of the finding.
/// A bucket can drift from the baseline and pass the control of Security Hub, for example if its logs go
/// to another bucket.
pub(super) fn add_ids(
    findings: &mut [Finding],
    documents: &Documents,
    access: &Access,
    settings: &Settings,
) {
    let has_rules = documents.has_lifecycle_rules();
    for finding in findings.iter_mut().filter(|it| it.topic.id == "versioning") {
        if has_rules && matches!(finding.verdict, Verdict::Compliant | Verdict::Drift) {
            finding.detail = Some(
                "S3.20 (MFA delete) does not apply, because the bucket has a lifecycle configuration"
                    .to_owned(),
            );
        }
    }
    for check in CHECKS.iter().filter(|check| !check.is_full()) {
        let Some(outcome) = definitions::outcome(check, documents, access, settings) else {
            continue;
        };
        for finding in findings.iter_mut() {
            if finding.topic.id == check.finding && finding.verdict == outcome.verdict {
                finding
                    .security_hub
                    .extend(check.id.starts_with("S3.").then_some(check.id));
                finding.checks.push(check);
            }
        }
    }
}

/// The findings of an audit against a standard: one for each of these controls that applies.
pub(super) fn of_standard(
    checks: impl Iterator<Item = &'static Check>,
    documents: &Documents,
    access: &Access,
    settings: &Settings,
) -> Vec<Finding> {
    let one = |check: &'static Check| {
        let outcome = definitions::outcome(check, documents, access, settings)?;
        Some(of_check(Topic::of_check(check), check, outcome))
    };
    checks.filter_map(one).collect()
}

/// The finding of one control, with the IDs of the control.
fn of_check(topic: Topic, check: &'static Check, outcome: Outcome) -> Finding {
    Finding {
        security_hub: check.security_hub().to_vec(),
        checks: vec![check],
        ..finding(topic, outcome)
    }
}

/// The findings of the controls that only an audit with `--full` answers. Without a standard, a
/// finding has an ID such as `replication` instead of `S3.7`.
pub(super) fn of_full(documents: &Documents, standard: Option<Standard>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for check in &CHECKS {
        if let Some(outcome) = documents.full.get(check.id).cloned() {
            let mut topic = Topic::of_check(check);
            if standard.is_none() {
                topic.id = check.finding;
            }
            findings.push(of_check(topic, check, outcome));
        }
    }
    findings
}

/// The finding about MFA delete (S3.20) of a full audit, unless another finding already has the ID.
pub(super) fn mfa_delete(
    findings: &[Finding],
    documents: &Documents,
    access: &Access,
    settings: &Settings,
) -> Option<Finding> {
    let check = CHECKS.iter().find(|check| check.id == "S3.20")?;
    let has_id = |it: &Finding| it.security_hub.contains(&check.id) || it.topic.id == "mfa-delete";
    if findings.iter().any(has_id) {
        return None;
    }
    let outcome = definitions::outcome(check, documents, access, settings)?;
    let topic = Topic {
        id: "mfa-delete",
        ..Topic::of_check(check)
    };
    Some(of_check(topic, check, outcome))
}
