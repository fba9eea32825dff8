//! `audit -o sarif`: SARIF 2.1.0, for code scanning.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use super::common::Failed;
use crate::audit::{Finding, Report, Verdict};
use crate::controls::Info;
use crate::output::escape::{escaped, escaped_json};
use s3_presign::encode;
use serde_json::{Value, json};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// One document with one run: a rule for each control, a result for each control of each bucket.
pub(crate) fn document(reports: &[Report], failures: &[Failed], version: &str) -> String {
    let mut rules: Vec<&Finding> = Vec::new();
    let mut results = Vec::new();
    for report in reports {
        for finding in &report.findings {
            let known = rules
                .iter()
                .position(|rule| rule.info.id == finding.info.id);
            let index = known.unwrap_or(rules.len());
            if known.is_none() {
                rules.push(finding);
            }
            results.push(result(report, finding, index));
        }
    }
    let notification = |failed: &Failed| {
        json!({
            "level": "error",
            "message": { "text": plain(&format!("{} could not be audited: {}", failed.bucket, failed.error)) },
            "locations": [location(&failed.bucket, None)],
        })
    };
    let text = serde_json::to_string_pretty(&json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "s3-secure-bucket",
                "version": version,
                "semanticVersion": version,
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules.iter().map(|first| rule(first)).collect::<Vec<_>>(),
            } },
            "invocations": [{
                "executionSuccessful": failures.is_empty(),
                "toolExecutionNotifications": failures.iter().map(notification).collect::<Vec<_>>(),
            }],
            "results": results,
        }],
    }))
    .expect("a JSON value can be written");
    escaped_json(text + "\n")
}

/// Text for `message.text`, where viewers read `[text](target)` as a link.
/// <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html#_Toc34317467>
fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in escaped(text).chars() {
        if matches!(c, '[' | ']' | '\\') {
            shown.push('\\');
        }
        shown.push(c);
    }
    shown
}

fn rule(first: &Finding) -> Value {
    let info = first.info;
    let hub = first
        .security_hub
        .iter()
        .map(|id| format!("SecurityHub/{id}"));
    let v5 = info
        .standards
        .cis_v5
        .iter()
        .map(|id| format!("CIS-AWS-5.0/{id}"));
    let v6 = info
        .standards
        .cis_v6
        .iter()
        .flat_map(|id| [format!("CIS-AWS-6.0/{id}"), format!("CIS-AWS-7.0/{id}")]);
    let tags: Vec<String> = std::iter::once("security".to_owned())
        .chain(hub)
        .chain(v5)
        .chain(v6)
        .collect();
    let flag = if info.flag.is_empty() {
        String::new()
    } else {
        format!(" {} …", info.flag)
    };
    json!({
        "id": info.id,
        "shortDescription": { "text": info.title },
        "fullDescription": { "text": info.why },
        "helpUri": info.subresource.api_page(),
        "help": { "text": format!("Fix it with: s3-secure-bucket bootstrap BUCKET{flag} --no-presign") },
        "defaultConfiguration": { "level": "error" },
        "properties": { "tags": tags, "security-severity": severity(info) },
    })
}

/// The score by which GitHub code scanning sorts its alerts. Controls against public access score
/// high, lifecycle and tags low.
fn severity(info: &Info) -> &'static str {
    match info.id {
        "public-access-block" | "tls-only" | "ownership-controls" => "8.0",
        "lifecycle" | "tags" => "2.0",
        _ => "5.0",
    }
}

/// The result of a control. SARIF requires the level `none` for every kind but `fail`.
fn result(report: &Report, finding: &Finding, rule_index: usize) -> Value {
    let (kind, level) = match finding.verdict {
        Verdict::Drift => ("fail", "error"),
        Verdict::Unknown => ("review", "none"),
        Verdict::Unsupported => ("notApplicable", "none"),
        Verdict::Compliant => ("pass", "none"),
    };
    let (bucket, title) = (&report.bucket, finding.info.title);
    let detail = finding.detail.as_deref().unwrap_or_default();
    let text = match finding.verdict {
        Verdict::Drift if finding.found.is_null() => {
            format!("{bucket}: {title} is not configured.")
        }
        // Here the control is set as requested, but another setting prevents its effect.
        Verdict::Drift if finding.found == finding.wanted => {
            format!("{bucket}: {title} has no effect: {detail}.")
        }
        Verdict::Drift => format!(
            "{bucket}: {title} differs from the baseline; found {}.",
            finding.found
        ),
        Verdict::Unknown => format!("{bucket}: {title} could not be read: {detail}."),
        Verdict::Unsupported => {
            format!("{bucket}: {title} is not supported by this server: {detail}.")
        }
        Verdict::Compliant => format!("{bucket}: {title} is compliant."),
    };
    json!({
        "ruleId": finding.info.id,
        "ruleIndex": rule_index,
        "kind": kind,
        "level": level,
        "message": { "text": plain(&text) },
        "locations": [location(bucket, Some(&report.arn))],
        "partialFingerprints": { "bucketControl/v1": format!("{bucket}/{}", finding.info.id) },
        "properties": {
            "region": report.region,
            "found": finding.found,
            "wanted": finding.wanted,
        },
    })
}

/// The location of a result. Code scanning requires a file, so the URI of the bucket is used as its path.
fn location(bucket: &str, arn: Option<&str>) -> Value {
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": format!("s3://{}/", encode::query(bucket.as_bytes())) },
            "region": { "startLine": 1 },
        },
    });
    if let Some(arn) = arn {
        location["logicalLocations"] =
            json!([{ "name": bucket, "fullyQualifiedName": arn, "kind": "resource" }]);
    }
    location
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::ALL;

    #[test]
    fn server_text_contains_no_links() {
        assert_eq!(
            plain("a [click](https://evil.example/) \\[b] \u{202e}"),
            "a \\[click\\](https://evil.example/) \\\\\\[b\\] \\\\u{202e}"
        );
    }

    /// For example, logging is set, but the bucket for the logs denies their delivery.
    #[test]
    fn the_reason_is_given_where_a_setting_is_as_wanted_and_has_no_effect() {
        let info = ALL[0].info();
        let finding = Finding {
            info,
            security_hub: &[],
            verdict: Verdict::Drift,
            found: json!({ "a": 1 }),
            wanted: json!({ "a": 1 }),
            summary: None,
            detail: Some("why".to_owned()),
        };
        let report = Report {
            bucket: "drop-box".to_owned(),
            arn: "arn:aws:s3:::drop-box".to_owned(),
            region: "us-east-1".to_owned(),
            unproven: None,
            findings: Vec::new(),
        };
        assert_eq!(
            result(&report, &finding, 0)["message"]["text"],
            format!("drop-box: {} has no effect: why.", info.title)
        );
    }

    #[test]
    fn each_verdict_has_its_kind_and_failures_are_notifications() {
        let finding = |at: usize, verdict| Finding {
            info: ALL[at].info(),
            security_hub: ALL[at].info().standards.security_hub,
            verdict,
            found: Value::Null,
            wanted: json!({}),
            summary: None,
            detail: Some("why".to_owned()),
        };
        let report = Report {
            bucket: "drop-box".to_owned(),
            arn: "arn:aws:s3:::drop-box".to_owned(),
            region: "us-east-1".to_owned(),
            unproven: None,
            findings: vec![
                finding(3, Verdict::Drift),
                finding(0, Verdict::Compliant),
                finding(1, Verdict::Unknown),
                finding(2, Verdict::Unsupported),
            ],
        };
        let failed = Failed {
            bucket: "gone".to_owned(),
            error: "404 NoSuchBucket".to_owned(),
        };
        let text = document(&[report.clone(), report], &[failed], "0.1.0");
        let run = &serde_json::from_str::<Value>(&text).unwrap()["runs"][0];
        let results = run["results"].as_array().unwrap();
        let shown: Vec<String> = results
            .iter()
            .map(|it| {
                format!(
                    "{} {} {} {}",
                    it["ruleIndex"], it["ruleId"], it["kind"], it["level"]
                )
            })
            .collect();
        let once = [
            r#"0 "tls-only" "fail" "error""#,
            r#"1 "public-access-block" "pass" "none""#,
            r#"2 "encryption" "review" "none""#,
            r#"3 "ownership-controls" "notApplicable" "none""#,
        ];
        assert_eq!(shown, [once, once].concat());
        let text = |at: usize| results[at]["message"]["text"].as_str().unwrap_or_default();
        assert_eq!(
            text(0),
            "drop-box: TLS-only bucket policy is not configured."
        );
        assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), 4);
        let invocation = &run["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], false);
        assert_eq!(
            invocation["toolExecutionNotifications"][0]["message"]["text"],
            "gone could not be audited: 404 NoSuchBucket"
        );
    }
}
