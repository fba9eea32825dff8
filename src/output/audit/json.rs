//! `audit -o json`: one JSON document per bucket and line.

use crate::audit::Report;
use crate::output::json_line;
use serde::Serialize;
use serde_json::Value;

/// The JSON document of one bucket.
pub(super) fn line(report: &Report) -> String {
    json_line(&Document {
        schema_version: 1,
        bucket: &report.bucket,
        region: &report.region,
        verdict: report.verdict().as_str(),
        controls: report
            .findings
            .iter()
            .map(|finding| Control {
                id: finding.info.id,
                title: finding.info.title,
                status: finding.verdict.as_str(),
                found: &finding.found,
                wanted: &finding.wanted,
                detail: finding.detail.as_deref(),
                security_hub: finding.security_hub,
                cis: Cis {
                    v5: finding.info.standards.cis_v5,
                    v6: finding.info.standards.cis_v6,
                    v7: finding.info.standards.cis_v6,
                },
            })
            .collect(),
    })
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u8,
    bucket: &'a str,
    region: &'a str,
    verdict: &'a str,
    controls: Vec<Control<'a>>,
}

#[derive(Serialize)]
struct Control<'a> {
    id: &'a str,
    title: &'a str,
    status: &'a str,
    found: &'a Value,
    wanted: &'a Value,
    detail: Option<&'a str>,
    security_hub: &'a [&'a str],
    cis: Cis<'a>,
}

/// CIS AWS Foundations, by version of the benchmark.
#[derive(Serialize)]
struct Cis<'a> {
    v5: &'a [&'a str],
    v6: &'a [&'a str],
    v7: &'a [&'a str],
}
