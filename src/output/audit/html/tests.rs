//! Tests of the HTML report.

use super::*;
use crate::audit::Topic;
use crate::controls::ALL;

fn report(bucket: &str, verdict: Verdict) -> Report {
    Report {
        findings: vec![Finding {
            topic: Topic::of_control(ALL[0].info()),
            security_hub: vec!["S3.8"],
            checks: Vec::new(),
            verdict,
            found: Value::String("<script>alert('{{at}}')</script>&\"".to_owned()),
            wanted: Value::Null,
            summary: None,
            detail: None,
        }],
        ..Report::new(
            bucket.to_owned(),
            format!("arn:aws:s3:::{bucket}"),
            "eu-<1>".to_owned(),
        )
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
        full: false,
        at: "2026-11-24T00:00:00Z".to_owned(),
        version: "0.1.0",
        account: None,
        endpoint: Some("https://ceph.example.com".to_owned()),
        standard: None,
    };
    page(&reports, &failures, &meta)
}

#[test]
fn values_become_neither_markup_nor_placeholders() {
    let page = shown_page();
    assert!(
        !page.contains("<script") && !page.contains("<NoSuchBucket>") && !page.contains("eu-<1>")
    );
    assert!(page.contains("&lt;script&gt;alert(&#39;{{at}}&#39;)&lt;/script&gt;&amp;"));
}

#[test]
fn the_worst_bucket_comes_first_and_only_compliant_ones_are_collapsed() {
    let page = shown_page();
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(
        at("<summary>drifted") < at("<summary>dark") && at("<summary>dark") < at("<summary>fine")
    );
    let folded = |name: &str| format!("<details class=\"bucket\" id=\"b-{name}\">");
    assert!(page.contains(&folded("fine")) && !page.contains(&folded("drifted")));
}

#[test]
fn counts_buckets_and_controls() {
    let page = shown_page();
    for part in [
        "The configuration of 4 buckets",
        "<b class=\"compliant\">1</b>compliant",
        "<b class=\"drift\">1</b>with drift",
        "<b class=\"drift\">1</b>not audited",
        "<b class=\"high\">1</b>high findings",
        "<td class=\"number\">1</td><td class=\"number\">0</td><td class=\"number\">1</td><td class=\"number\">1</td><td class=\"number\">0</td>",
        "<th scope=\"row\"><a href=\"#b-drifted\">drifted</a></th><td class=\"high\">high</td>",
    ] {
        assert!(page.contains(part), "{part}");
    }
}
