//! `audit -o html`: a report as one page, without scripts and without external resources.

use super::common::{
    Failed, VERDICTS, count, ids, is_nothing, next_steps, public_lines, topics, worst_first,
};
use crate::audit::{Finding, Report, Severity, Standard, Verdict};
use crate::output::html::{escape, fill};
use serde_json::Value;

const PAGE: &str = include_str!("page.html");

/// The time, the account and the totals that the page shows above the buckets.
pub(crate) struct Meta {
    /// The time of the audit, in the format of RFC 3339.
    pub(crate) at: String,
    pub(crate) version: &'static str,
    pub(crate) account: Option<String>,
    pub(crate) endpoint: Option<String>,
    pub(crate) standard: Option<Standard>,
    pub(crate) full: bool,
}

/// The page. The matrix shows all buckets, and the details show only the buckets that are not compliant.
pub(crate) fn page(reports: &[Report], failures: &[Failed], meta: &Meta) -> String {
    let mut worst: Vec<Report> = reports.to_vec();
    super::common::sort(&mut worst);
    let buckets: String = worst.iter().map(|it| bucket(it, meta.standard)).collect();
    fill(PAGE, |name| {
        match name {
        "at" => escape(&meta.at),
        "count" => {
            let audited = reports.iter().filter(|report| !report.is_account);
            number_of_buckets(audited.count() + failures.len())
        }
        "against" => escape(meta.standard.map_or("a baseline", Standard::title)),
        "sum" => totals(reports, failures),
        "facts" => facts(meta),
        "public" => public(&worst),
        "matrix" => matrix(&worst),
        "controls" => controls(reports, meta.standard),
        "failures" => not_audited(failures),
        "not_covered" if meta.full => "identity policies or the ACLs of objects".to_owned(),
        "not_covered" => "account-wide settings, access points, identity policies, replication, Object Lock, CloudTrail data events or the ACLs of objects".to_owned(),
        "buckets" => buckets.clone(),
        other => unreachable!("the page has no placeholder {other}"),
    }
    })
}

fn number_of_buckets(count: usize) -> String {
    if count == 1 {
        "1 bucket".to_owned()
    } else {
        format!("{count} buckets")
    }
}

fn totals(reports: &[Report], failures: &[Failed]) -> String {
    let mut items = String::new();
    for verdict in VERDICTS {
        let of_buckets = reports.iter().filter(|it| !it.is_account);
        let count = of_buckets.filter(|it| it.verdict() == verdict).count();
        let (class, word) = (verdict.as_str(), in_words(verdict));
        if count > 0 || matches!(verdict, Verdict::Compliant | Verdict::Drift) {
            items += &format!("<li><b class=\"{class}\">{count}</b>{word}</li>");
        }
    }
    if !failures.is_empty() {
        let count = failures.len();
        items += &format!("<li><b class=\"drift\">{count}</b>not audited</li>");
    }
    for severity in [
        Severity::Critical,
        Severity::High,
        Severity::Medium,
        Severity::Low,
    ] {
        let all = reports.iter().flat_map(|report| &report.findings);
        let drift = all.filter(|it| it.verdict == Verdict::Drift && it.severity() == severity);
        let (count, word) = (drift.count(), severity.as_str());
        if count > 0 {
            items += &format!("<li><b class=\"{word}\">{count}</b>{word} findings</li>");
        }
    }
    items
}

fn in_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Compliant => "compliant",
        Verdict::Accepted => "with accepted drift",
        Verdict::Drift => "with drift",
        Verdict::Unknown => "with unknown controls",
        Verdict::Unsupported => "with unsupported controls",
    }
}

fn facts(meta: &Meta) -> String {
    let program = format!("s3-secure-bucket {}", meta.version);
    let account = meta
        .account
        .as_deref()
        .unwrap_or("the account of the credentials");
    let endpoint = meta.endpoint.as_deref().unwrap_or("AWS");
    let mut rows = vec![
        ("Account", account.to_owned()),
        ("Read at", meta.at.clone()),
        ("With", program),
        ("Endpoint", endpoint.to_owned()),
    ];
    if let Some(standard) = meta.standard {
        let missing = standard.not_checked(meta.full).join(", ");
        rows.push(("Standard", standard.title().to_owned()));
        if !missing.is_empty() {
            rows.push(("Not checked", missing));
        }
    }
    rows.iter()
        .map(|(name, value)| {
            let value = escape(value);
            format!("<div><dt>{name}</dt><dd>{value}</dd></div>")
        })
        .collect()
}

/// The number of sentences about public buckets that are not folded.
const MOST_PUBLIC: usize = 4;

/// The public buckets, which come first on the page.
fn public(reports: &[Report]) -> String {
    let lines = reports.iter().flat_map(|report| {
        let lines = public_lines(report).into_iter();
        lines.map(|line| {
            let (bucket, line) = (escape(&report.bucket), escape(&line));
            format!("<li><b>{bucket}</b>: {line}</li>")
        })
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return String::new();
    }
    // The table below has every bucket, so the first screen needs only some of the sentences.
    let (first, more) = lines.split_at(lines.len().min(MOST_PUBLIC));
    let more = match more {
        [] => String::new(),
        more => format!(
            "<details><summary>{} more</summary><ul>{}</ul></details>",
            more.len(),
            more.concat()
        ),
    };
    format!(
        "<section class=\"public\"><h2>Public buckets</h2><ul>{}</ul>{more}</section>\n",
        first.concat()
    )
}

/// The table of all buckets and controls.
fn matrix(reports: &[Report]) -> String {
    let topics = topics(reports);
    let heads: String = topics
        .iter()
        .map(|it| {
            let (title, id) = (escape(it.topic.title), it.topic.id);
            format!("<th scope=\"col\" title=\"{title}\"><span>{id}</span></th>")
        })
        .collect();
    let cell = |report: &Report, id: &str| {
        let Some(finding) = report.findings.iter().find(|it| it.topic.id == id) else {
            return "<td class=\"none\">–</td>".to_owned();
        };
        let (class, word) = match finding.verdict {
            Verdict::Compliant => ("compliant", "ok"),
            Verdict::Accepted => ("accepted", "accepted"),
            Verdict::Unknown => ("unknown", "?"),
            Verdict::Unsupported => ("unsupported", "n/a"),
            Verdict::Drift => (finding.severity().as_str(), finding.severity().as_str()),
        };
        format!("<td class=\"{class}\">{word}</td>")
    };
    let row = |report: &Report| {
        let cells: String = topics.iter().map(|it| cell(report, it.topic.id)).collect();
        let name = escape(&report.bucket);
        format!("<tr><th scope=\"row\"><a href=\"#b-{name}\">{name}</a></th>{cells}</tr>\n")
    };
    let rows: String = reports.iter().map(row).collect();
    format!("<thead><tr><th scope=\"col\">Bucket</th>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>")
}

fn controls(reports: &[Report], standard: Option<Standard>) -> String {
    let row = |finding: &&Finding| {
        let id = finding.topic.id;
        let counts: String = VERDICTS
            .map(|verdict| format!("<td class=\"number\">{}</td>", count(reports, id, verdict)))
            .concat();
        let all = reports.iter().flat_map(|report| &report.findings);
        let mut listed: Vec<String> = Vec::new();
        for finding in all.filter(|it| it.topic.id == id) {
            for name in ids(finding, standard) {
                if !listed.contains(&name) {
                    listed.push(name);
                }
            }
        }
        let severity = finding.severity().as_str();
        format!(
            "<tr><th scope=\"row\">{}<br><code>{id}</code></th><td class=\"{severity}\">{severity}</td><td>{}</td>{counts}</tr>\n",
            escape(finding.topic.title),
            if listed.is_empty() {
                "–".to_owned()
            } else {
                listed.join(", ")
            },
        )
    };
    topics(reports).iter().map(row).collect()
}

fn not_audited(failures: &[Failed]) -> String {
    if failures.is_empty() {
        return String::new();
    }
    let row = |failed: &Failed| {
        let (bucket, error) = (escape(&failed.bucket), escape(&failed.error));
        format!("<dt>{bucket}</dt><dd class=\"drift\">{error}</dd>\n")
    };
    let rows: String = failures.iter().map(row).collect();
    format!("<h2>Not audited</h2>\n<div class=\"card\"><dl>{rows}</dl></div>\n")
}

/// The details of a bucket. A bucket whose controls are all compliant is folded.
fn bucket(report: &Report, standard: Option<Standard>) -> String {
    let verdict = report.verdict();
    let open = if verdict == Verdict::Compliant {
        ""
    } else {
        " open"
    };
    let (mut rows, mut compliant) = (String::new(), String::new());
    let mut count = 0;
    for finding in worst_first(report) {
        if finding.verdict == Verdict::Compliant {
            count += 1;
            compliant += &row(finding, standard);
        } else {
            rows += &row(finding, standard);
        }
    }
    let name = escape(&report.bucket);
    let table = |rows: &str, caption: &str| {
        format!(
            "<div class=\"wide\"><table class=\"controls\">\n<caption>{caption} of {name}</caption>\n\
             <thead><tr><th scope=\"col\">Verdict</th><th scope=\"col\">Control</th><th scope=\"col\">IDs</th><th scope=\"col\">Details</th></tr></thead>\n\
             <tbody>\n{rows}</tbody>\n</table></div>\n"
        )
    };
    let owner = |why: &String| format!("<p>The owner cannot be verified: {}</p>\n", escape(why));
    let mut parts = report.unproven.as_ref().map_or(String::new(), owner);
    if !rows.is_empty() {
        parts += &table(&rows, "Controls");
    }
    for step in next_steps(report) {
        let is_command = step.starts_with("s3-secure-bucket ");
        let step = escape(&step);
        parts += &if is_command {
            format!("<p class=\"next\">Next step: <code>{step}</code></p>\n")
        } else {
            format!("<p class=\"next\">Next step: {step}</p>\n")
        };
    }
    if count > 0 {
        let noun = if count == 1 { "control" } else { "controls" };
        parts += &format!(
            "<details class=\"folded\"><summary>{count} compliant {noun}</summary>\n{}</details>\n",
            table(&compliant, "Compliant controls")
        );
    }
    format!(
        "<details class=\"bucket\" id=\"b-{name}\"{open}>\n<summary>{name} <span class=\"soft\">{region}</span> <span class=\"verdict {class}\">{word}</span></summary>\n{parts}</details>\n",
        region = escape(&report.region),
        class = verdict.as_str(),
        word = in_words(verdict),
    )
}

fn row(finding: &Finding, standard: Option<Standard>) -> String {
    let topic = &finding.topic;
    let verdict = finding.verdict.as_str();
    let is_drift = finding.verdict == Verdict::Drift;
    let mut state = String::new();
    if let Some(detail) = &finding.detail {
        state += &format!("<p>{}</p>", escape(detail));
    } else if is_drift {
        state += &format!("<p>{}</p>", escape(topic.why));
    }
    if finding.detail.is_none() || !finding.wanted.is_null() {
        state += &format!(
            "<details class=\"folded\"><summary>found</summary><pre>{}</pre></details>",
            shown(&finding.found)
        );
    }
    if finding.verdict != Verdict::Compliant && !finding.wanted.is_null() {
        state += &format!(
            "<details class=\"folded\"><summary>wanted</summary><pre>{}</pre></details>",
            shown(&finding.wanted)
        );
    }
    let summary = finding
        .summary
        .as_deref()
        .filter(|_| finding.verdict == Verdict::Compliant);
    let summary = summary.map_or(String::new(), |text| {
        format!(" <span class=\"soft\">({})</span>", escape(text))
    });
    let severity = finding.severity().as_str();
    let severity = if is_drift {
        format!("<br><span class=\"{severity}\">{severity}</span>")
    } else {
        String::new()
    };
    format!(
        "<tr><td class=\"verdict {verdict}\">{verdict}{severity}</td><th scope=\"row\">{}{summary}<br><code>{}</code></th><td>{}</td><td>{state}</td></tr>\n",
        escape(topic.title),
        topic.id,
        escape(&ids(finding, standard).join(", ")),
    )
}

fn shown(state: &Value) -> String {
    match state {
        state if is_nothing(state) => "nothing".to_owned(),
        state => escape(&serde_json::to_string_pretty(state).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests;
