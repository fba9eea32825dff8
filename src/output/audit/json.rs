//! `audit -o json`: one JSON document per bucket and line.

use super::common::of_checks;
use crate::audit::{AccessGrant, Finding, Report, Standard};
use crate::output::json_line;
use serde::Serialize;
use serde_json::Value;

/// The JSON document of one bucket. A full audit adds the controls of the account.
pub(super) fn line(
    report: &Report,
    standard: Option<Standard>,
    account: Option<&Report>,
    not_checked: Option<&[&str]>,
) -> String {
    json_line(&Document {
        schema_version: 1,
        bucket: &report.bucket,
        region: &report.region,
        account: report.account.as_deref(),
        verdict: report.verdict().as_str(),
        owner_unverified: report.unproven.as_deref(),
        public: report.is_public(),
        severity: report.severity().map(crate::audit::Severity::as_str),
        standard: standard.map(Standard::title),
        not_checked,
        access: report.access.grants.iter().map(AccessGrant::json).collect(),
        controls: report.findings.iter().map(control).collect(),
        account_controls: account.map(|it| it.findings.iter().map(control).collect()),
    })
}

fn control(finding: &Finding) -> Control<'_> {
    let cis = |version| -> Vec<&'static str> {
        let all = finding.checks.iter();
        all.filter_map(|check| check.cis_in(version)).collect()
    };
    Control {
        id: finding.topic.id,
        title: finding.topic.title,
        status: finding.verdict.as_str(),
        severity: finding.severity().as_str(),
        found: &finding.found,
        wanted: &finding.wanted,
        detail: finding.detail.as_deref(),
        security_hub: &finding.security_hub,
        cis: Cis {
            v5: cis(5),
            v6: cis(6),
            v7: cis(7),
        },
        pci_dss: of_checks(finding, |it| it.pci, ""),
        nist_800_171: of_checks(finding, |it| it.nist, ""),
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u8,
    bucket: &'a str,
    region: &'a str,
    account: Option<&'a str>,
    verdict: &'a str,
    /// The reason why the owner of the bucket is not verified. Omitted if the owner is verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_unverified: Option<&'a str>,
    public: bool,
    severity: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    standard: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_checked: Option<&'a [&'a str]>,
    access: Vec<Value>,
    controls: Vec<Control<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_controls: Option<Vec<Control<'a>>>,
}

#[derive(Serialize)]
struct Control<'a> {
    id: &'a str,
    title: &'a str,
    status: &'a str,
    severity: &'a str,
    found: &'a Value,
    wanted: &'a Value,
    detail: Option<&'a str>,
    security_hub: &'a [&'a str],
    cis: Cis<'a>,
    pci_dss: Vec<String>,
    nist_800_171: Vec<String>,
}

/// CIS AWS Foundations, by version of the benchmark.
#[derive(Serialize)]
struct Cis<'a> {
    v5: Vec<&'a str>,
    v6: Vec<&'a str>,
    v7: Vec<&'a str>,
}
