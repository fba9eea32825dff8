//! `audit -o html`: a report as one page, without scripts and without external resources.

use super::common::{Failed, ids, is_nothing};
use crate::audit::{Finding, Report, Verdict};
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
}

const VERDICTS: [Verdict; 4] = [
    Verdict::Compliant,
    Verdict::Drift,
    Verdict::Unknown,
    Verdict::Unsupported,
];

/// The page. Buckets that are not compliant come first and are expanded.
pub(crate) fn page(reports: &[Report], failures: &[Failed], meta: &Meta) -> String {
    let mut worst_first: Vec<&Report> = reports.iter().collect();
    worst_first.sort_unstable_by(|a, b| (a.verdict(), &a.bucket).cmp(&(b.verdict(), &b.bucket)));
    let buckets: String = worst_first.into_iter().map(bucket).collect();
    fill(PAGE, |name| match name {
        "at" => escape(&meta.at),
        "count" => number_of_buckets(reports.len() + failures.len()),
        "sum" => totals(reports, failures),
        "facts" => facts(meta),
        "controls" => controls(reports),
        "failures" => not_audited(failures),
        "buckets" => buckets.clone(),
        other => unreachable!("the page has no placeholder {other}"),
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
        let count = reports.iter().filter(|it| it.verdict() == verdict).count();
        let (class, word) = (verdict.as_str(), in_words(verdict));
        items += &format!("<li><b class=\"{class}\">{count}</b>{word}</li>");
    }
    if !failures.is_empty() {
        let count = failures.len();
        items += &format!("<li><b class=\"drift\">{count}</b>not audited</li>");
    }
    items
}

fn in_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Compliant => "compliant",
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
    [
        ("Read at", meta.at.as_str()),
        ("With", &program),
        ("Account", account),
        ("Endpoint", endpoint),
    ]
    .iter()
    .map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>", escape(value)))
    .collect()
}

fn controls(reports: &[Report]) -> String {
    let mut known: Vec<&Finding> = Vec::new();
    for finding in reports.iter().flat_map(|report| &report.findings) {
        if !known.iter().any(|it| it.info.id == finding.info.id) {
            known.push(finding);
        }
    }
    let row = |finding: &&Finding| {
        let info = finding.info;
        let of_it = |verdict| {
            let all = reports.iter().flat_map(|report| &report.findings);
            all.filter(|it| it.info.id == info.id && it.verdict == verdict)
                .count()
        };
        let counts: String = VERDICTS
            .map(|verdict| format!("<td class=\"number\">{}</td>", of_it(verdict)))
            .concat();
        format!(
            "<tr><th scope=\"row\">{}<br><code>{}</code></th><td>{}</td><td>{}</td><td>{}</td>{counts}</tr>\n",
            escape(info.title),
            info.id,
            listed(finding.security_hub),
            listed(info.standards.cis_v5),
            listed(info.standards.cis_v6),
        )
    };
    known.iter().map(row).collect()
}

fn listed(ids: &[&str]) -> String {
    if ids.is_empty() {
        "–".to_owned()
    } else {
        ids.join(", ")
    }
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

fn bucket(report: &Report) -> String {
    let verdict = report.verdict();
    let open = if verdict == Verdict::Compliant {
        ""
    } else {
        " open"
    };
    let rows: String = report.findings.iter().map(|it| row(report, it)).collect();
    format!(
        "<details class=\"bucket\"{open}>\n<summary>{name} <span class=\"soft\">{region}</span> <span class=\"verdict {class}\">{word}</span></summary>\n\
         <p class=\"soft\"><code>{arn}</code></p>\n<div class=\"wide\"><table class=\"controls\">\n<caption>Controls of {name}</caption>\n\
         <thead><tr><th scope=\"col\">Verdict</th><th scope=\"col\">Control</th><th scope=\"col\">IDs</th><th scope=\"col\">Found and expected</th></tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table></div>\n</details>\n",
        name = escape(&report.bucket),
        region = escape(&report.region),
        class = verdict.as_str(),
        word = in_words(verdict),
        arn = escape(&report.arn),
    )
}

fn row(report: &Report, finding: &Finding) -> String {
    let info = finding.info;
    let verdict = finding.verdict.as_str();
    let mut state = String::new();
    if let Some(detail) = &finding.detail {
        state += &format!("<p>{}</p>", escape(detail));
    }
    if finding.verdict == Verdict::Drift {
        let flag = match info.flag {
            "" => String::new(),
            flag => format!(" {flag} …"),
        };
        let command = format!(
            "s3-secure-bucket bootstrap {}{flag} --no-presign",
            report.bucket
        );
        state += &format!(
            "<p>{}</p><p>Fix it with <code>{}</code></p>",
            escape(info.why),
            escape(&command)
        );
    }
    let opened = if finding.verdict == Verdict::Drift {
        " open"
    } else {
        ""
    };
    state += &format!(
        "<details{opened}><summary>found</summary><pre>{}</pre></details>",
        shown(&finding.found)
    );
    if finding.verdict != Verdict::Compliant {
        state += &format!(
            "<details><summary>wanted</summary><pre>{}</pre></details>",
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
    format!(
        "<tr><td class=\"verdict {verdict}\">{verdict}</td><th scope=\"row\">{}{summary}<br><code>{}</code></th><td>{}</td><td>{state}</td></tr>\n",
        escape(info.title),
        info.id,
        escape(&ids(finding).join(", ")),
    )
}

fn shown(state: &Value) -> String {
    match state {
        state if is_nothing(state) => "nothing".to_owned(),
        state => escape(&serde_json::to_string_pretty(state).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::ALL;

    fn report(bucket: &str, verdict: Verdict) -> Report {
        Report {
            bucket: bucket.to_owned(),
            arn: format!("arn:aws:s3:::{bucket}"),
            region: "eu-<1>".to_owned(),
            unproven: None,
            findings: vec![Finding {
                info: ALL[0].info(),
                security_hub: ALL[0].info().standards.security_hub,
                verdict,
                found: Value::String("<script>alert('{{at}}')</script>&\"".to_owned()),
                wanted: Value::Null,
                summary: None,
                detail: None,
            }],
        }
    }

    fn shown_page() -> String {
        let reports = [
            report("fine", Verdict::Compliant),
            report("drifted", Verdict::Drift),
            report("dark", Verdict::Unknown),
        ];
        let failures = [Failed {
            bucket: "gone".to_owned(),
            error: "404 <NoSuchBucket>".to_owned(),
        }];
        let meta = Meta {
            at: "2026-11-24T00:00:00Z".to_owned(),
            version: "0.1.0",
            account: None,
            endpoint: Some("https://ceph.example.com".to_owned()),
        };
        page(&reports, &failures, &meta)
    }

    #[test]
    fn values_become_neither_markup_nor_placeholders() {
        let page = shown_page();
        assert!(
            !page.contains("<script")
                && !page.contains("<NoSuchBucket>")
                && !page.contains("eu-<1>")
        );
        assert!(page.contains("&lt;script&gt;alert(&#39;{{at}}&#39;)&lt;/script&gt;&amp;"));
    }

    #[test]
    fn the_worst_bucket_comes_first_and_only_compliant_ones_are_collapsed() {
        let page = shown_page();
        let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}"));
        assert!(
            at("<summary>drifted") < at("<summary>dark")
                && at("<summary>dark") < at("<summary>fine")
        );
        assert_eq!(page.matches("<details class=\"bucket\" open>").count(), 2);
        assert_eq!(page.matches("<details class=\"bucket\">").count(), 1);
    }

    #[test]
    fn counts_buckets_and_controls() {
        let page = shown_page();
        for part in [
            "The configuration of 4 buckets",
            "<b class=\"compliant\">1</b>compliant",
            "<b class=\"drift\">1</b>with drift",
            "<b class=\"drift\">1</b>not audited",
            "<td class=\"number\">1</td><td class=\"number\">1</td><td class=\"number\">1</td><td class=\"number\">0</td>",
        ] {
            assert!(page.contains(part), "{part}");
        }
    }
}
