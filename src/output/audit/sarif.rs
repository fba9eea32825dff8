//! `audit -o sarif`: SARIF 2.1.0, for code scanning.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use super::common::{Failed, of_checks};
use crate::audit::{Check, Finding, Report, Severity, Verdict};
use crate::output::escape::{escaped, escaped_json};
use s3_presign::encode;
use serde_json::{Value, json};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// One document with one run: a rule for each control, and a result for each control that a bucket fails.
/// Code scanning shows every result as an alert, so compliant controls have no result. A control that
/// could not be read becomes a notification.
pub(crate) fn document(reports: &[Report], failures: &[Failed], version: &str) -> String {
    let mut rules: Vec<&Finding> = Vec::new();
    let (mut results, mut notifications) = (Vec::new(), Vec::new());
    for report in reports {
        for finding in &report.findings {
            let known = rules
                .iter()
                .position(|rule| rule.topic.id == finding.topic.id);
            let index = known.unwrap_or(rules.len());
            if known.is_none() {
                rules.push(finding);
            }
            match finding.verdict {
                Verdict::Drift | Verdict::Accepted => {
                    results.push(result(report, finding, index));
                }
                Verdict::Unknown | Verdict::Unsupported => {
                    notifications.push(not_read(report, finding, index));
                }
                Verdict::Compliant => {}
            }
        }
    }
    let notification = |failed: &Failed| {
        json!({
            "level": "error",
            "message": { "text": plain(&format!("{} could not be audited: {}", failed.bucket, failed.error)) },
            "locations": [location(&failed.bucket, None)],
        })
    };
    notifications.extend(failures.iter().map(notification));
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
                "toolExecutionNotifications": notifications,
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
    let topic = &first.topic;
    // Code scanning calls a score above 9 critical, from 7 high, from 4 medium, and below 4 low.
    let score = match first.severity() {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    };
    json!({
        "id": topic.id,
        "shortDescription": { "text": topic.title },
        "fullDescription": { "text": topic.why },
        "helpUri": topic.page,
        "help": { "text": format!("Next step: {}", topic.fix.text("BUCKET")) },
        "defaultConfiguration": { "level": level(first) },
        "properties": { "tags": ["security"], "security-severity": score },
    })
}

/// The notification about a control that could not be read, or that the server does not support.
fn not_read(report: &Report, finding: &Finding, rule_index: usize) -> Value {
    let (bucket, title) = (&report.bucket, finding.topic.title);
    let detail = finding.detail.as_deref().unwrap_or_default();
    let (level, text) = if finding.verdict == Verdict::Unknown {
        (
            "warning",
            format!("{bucket}: {title} could not be read: {detail}."),
        )
    } else {
        let text = format!("{bucket}: {title} is not supported by this server: {detail}.");
        ("note", text)
    };
    json!({
        "level": level,
        "message": { "text": plain(&text) },
        "associatedRule": { "id": finding.topic.id, "index": rule_index },
        "locations": [location(bucket, Some(&report.arn))],
    })
}

/// The result of a control. Code scanning shows an accepted result as closed, because the result has a
/// suppression.
fn result(report: &Report, finding: &Finding, rule_index: usize) -> Value {
    let (bucket, title) = (&report.bucket, finding.topic.title);
    let detail = finding.detail.as_deref().unwrap_or_default();
    let text = if finding.verdict == Verdict::Accepted {
        format!("{bucket}: {title}: {detail}.")
    } else if finding.wanted.is_null() && !detail.is_empty() {
        // A finding that compares the bucket with no state explains itself.
        format!("{bucket}: {title}: {detail}.")
    } else if finding.found.is_null() {
        format!("{bucket}: {title} is not configured.")
    } else if finding.found == finding.wanted {
        // Here the control is set as requested, but another setting prevents its effect.
        format!("{bucket}: {title} has no effect: {detail}.")
    } else {
        format!(
            "{bucket}: {title} differs from the baseline; found {}.",
            finding.found
        )
    };
    let mut tags = of_checks(finding, Check::security_hub, "aws-security-hub/");
    for version in 5..=7 {
        let all = finding.checks.iter();
        let all = all.filter_map(|check| check.cis_in(version));
        tags.extend(all.map(|id| format!("CIS-AWS-{version}.0/{id}")));
    }
    tags.extend(of_checks(finding, |check| check.pci, "PCI-DSS-4.0.1/"));
    tags.extend(of_checks(finding, |check| check.nist, "NIST-800-171/"));
    let mut result = json!({
        "ruleId": finding.topic.id,
        "ruleIndex": rule_index,
        "kind": "fail",
        "level": level(finding),
        "message": { "text": plain(&text) },
        "locations": [location(bucket, Some(&report.arn))],
        "partialFingerprints": { "bucketControl/v1": format!("{bucket}/{}", finding.topic.id) },
        "properties": {
            "tags": tags,
            "severity": finding.severity().as_str(),
            "account": report.account,
            "region": report.region,
            "found": finding.found,
            "wanted": finding.wanted,
        },
    });
    if finding.verdict == Verdict::Accepted {
        result["suppressions"] = json!([{ "kind": "external", "justification": plain(detail) }]);
    }
    result
}

fn level(finding: &Finding) -> &'static str {
    match finding.severity() {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// The location of a result. Code scanning requires the path of a file in the repository and refuses a URI
/// with a scheme such as `s3:`, so the path is `s3/BUCKET`.
fn location(bucket: &str, arn: Option<&str>) -> Value {
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": format!("s3/{}", encode::query(bucket.as_bytes())) },
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
    use crate::audit::Topic;
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
        let topic = Topic::of_control(ALL[0].info());
        let title = topic.title;
        let finding = Finding {
            topic,
            security_hub: Vec::new(),
            checks: Vec::new(),
            verdict: Verdict::Drift,
            found: json!({ "a": 1 }),
            wanted: json!({ "a": 1 }),
            summary: None,
            detail: Some("why".to_owned()),
        };
        let report = Report::new(
            "drop-box".to_owned(),
            "arn:aws:s3:::drop-box".to_owned(),
            "us-east-1".to_owned(),
        );
        assert_eq!(
            result(&report, &finding, 0)["message"]["text"],
            format!("drop-box: {title} has no effect: why.")
        );
    }

    #[test]
    fn only_failures_are_results_and_the_rest_are_notifications() {
        let place = |id: &str| ALL.iter().position(|control| control.info().id == id);
        let versioning = place("versioning").unwrap();
        let finding = |at: usize, verdict| Finding {
            topic: Topic::of_control(ALL[at].info()),
            security_hub: ALL[at].info().standards.security_hub.to_vec(),
            checks: Vec::new(),
            verdict,
            found: Value::Null,
            wanted: json!({}),
            summary: None,
            detail: Some("why".to_owned()),
        };
        let report = Report {
            findings: vec![
                finding(3, Verdict::Drift),
                finding(0, Verdict::Compliant),
                finding(1, Verdict::Unknown),
                finding(2, Verdict::Unsupported),
                finding(versioning, Verdict::Accepted),
            ],
            ..Report::new(
                "drop-box".to_owned(),
                "arn:aws:s3:::drop-box".to_owned(),
                "us-east-1".to_owned(),
            )
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
            r#"0 "tls-only" "fail" "warning""#,
            r#"4 "versioning" "fail" "note""#,
        ];
        assert_eq!(shown, [once, once].concat());
        assert_eq!(results[1]["suppressions"][0]["kind"], "external");
        let location = &results[0]["locations"][0]["physicalLocation"];
        assert_eq!(location["artifactLocation"]["uri"], "s3/drop-box");
        let text = |at: usize| results[at]["message"]["text"].as_str().unwrap_or_default();
        assert_eq!(
            text(0),
            "drop-box: TLS-only bucket policy is not configured."
        );
        assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), 5);
        let invocation = &run["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], false);
        let notifications = invocation["toolExecutionNotifications"].as_array();
        let texts: Vec<_> = notifications
            .unwrap()
            .iter()
            .map(|it| &it["message"]["text"])
            .collect();
        assert_eq!(
            texts[0],
            "drop-box: Default encryption could not be read: why."
        );
        assert_eq!(texts[4], "gone could not be audited: 404 NoSuchBucket");
    }
}
