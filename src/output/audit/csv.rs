//! `audit -o csv`: one row for each control of each bucket, after RFC 4180.

use super::common::{Failed, of_checks};
use crate::audit::{Finding, Report};
use crate::output::escape::escaped;

const COLUMNS: [&str; 15] = [
    "bucket",
    "region",
    "account",
    "control",
    "title",
    "severity",
    "verdict",
    "security_hub",
    "cis_v5",
    "cis_v6",
    "cis_v7",
    "pci_dss_v4_0_1",
    "nist_800_171",
    "detail",
    "next_step",
];

/// The table. A bucket that could not be audited has one row with the verdict `not audited`.
pub(super) fn document(reports: &[Report], failures: &[Failed]) -> String {
    let mut text = row(&COLUMNS.map(str::to_owned));
    for report in reports {
        for finding in &report.findings {
            text += &row(&cells(report, finding));
        }
    }
    for failed in failures {
        let mut cells = COLUMNS.map(|_| String::new());
        cells[0].clone_from(&failed.bucket);
        "not audited".clone_into(&mut cells[6]);
        cells[13].clone_from(&failed.error);
        text += &row(&cells);
    }
    text
}

fn cells(report: &Report, finding: &Finding) -> [String; 15] {
    let cis = |version| -> String {
        let all = finding.checks.iter();
        let all = all.filter_map(|check| check.cis_in(version));
        all.collect::<Vec<_>>().join(" ")
    };
    let step = match finding.verdict {
        crate::audit::Verdict::Drift => finding.topic.fix.text(&report.bucket),
        _ => String::new(),
    };
    [
        report.bucket.clone(),
        report.region.clone(),
        report.account.clone().unwrap_or_default(),
        finding.topic.id.to_owned(),
        finding.topic.title.to_owned(),
        finding.severity().as_str().to_owned(),
        finding.verdict.as_str().to_owned(),
        finding.security_hub.join(" "),
        cis(5),
        cis(6),
        cis(7),
        of_checks(finding, |it| it.pci, "").join(" "),
        of_checks(finding, |it| it.nist, "").join(" "),
        finding.detail.clone().unwrap_or_default(),
        step,
    ]
}

fn row(cells: &[String; 15]) -> String {
    let quoted: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    quoted.join(",") + "\r\n"
}

/// A cell in quotation marks. Spreadsheet programs run a cell that begins with `=`, `+`, `-` or `@` as a
/// formula, so an apostrophe precedes such a cell.
fn quoted(cell: &str) -> String {
    let text = escaped(cell).replace('"', "\"\"");
    let mark = if text.starts_with(['=', '+', '-', '@']) {
        "'"
    } else {
        ""
    };
    format!("\"{mark}{text}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_cell_is_a_formula() {
        for (cell, expected) in [
            ("a, b", r#""a, b""#),
            (r#"say "yes""#, r#""say ""yes""""#),
            ("=HYPERLINK(1)", r#""'=HYPERLINK(1)""#),
            ("", r#""""#),
        ] {
            assert_eq!(quoted(cell), expected);
        }
        assert!(!quoted("a\nb").contains('\n'));
    }
}
