//! Functions that the formats of `audit` share.

use crate::audit::{Check, Finding, Fix, Report, Standard, Verdict};
use crate::values;
use serde_json::Value;

/// A bucket that could not be audited.
pub(super) struct Failed {
    pub(super) bucket: String,
    /// The error in one line.
    pub(super) error: String,
}

/// All verdicts, in the order of the totals.
pub(super) const VERDICTS: [Verdict; 5] = [
    Verdict::Compliant,
    Verdict::Accepted,
    Verdict::Drift,
    Verdict::Unknown,
    Verdict::Unsupported,
];

/// The longest state or text that a report in memory may contain, in bytes. Every policy fits.
const LONGEST: usize = 24 * 1024;

/// Cuts the long texts of a report. All formats except JSON keep the reports in memory until the end.
pub(super) fn shortened(mut report: Report) -> Report {
    report.unproven = report.unproven.take().map(shortened_text);
    for finding in &mut report.findings {
        for state in [&mut finding.found, &mut finding.wanted] {
            let text = state.to_string();
            if text.len() > LONGEST {
                *state = Value::String(shortened_text(text));
            }
        }
        finding.detail = finding.detail.take().map(shortened_text);
    }
    report
}

/// Cuts a text after [`LONGEST`] bytes and notes how many bytes are missing.
pub(super) fn shortened_text(mut text: String) -> String {
    let left_out = text.len().saturating_sub(LONGEST);
    if left_out > 0 {
        text.truncate(text.floor_char_boundary(LONGEST));
        text.shrink_to_fit();
        text += &format!("… ({left_out} bytes more)");
    }
    text
}

/// Whether a state is empty: `null`, `""` or `{}`.
pub(super) fn is_nothing(state: &Value) -> bool {
    state.is_null() || state == "" || state.as_object().is_some_and(serde_json::Map::is_empty)
}

/// The IDs of standards for a finding, such as `S3.8` and `CIS v5 2.1.4`. With a standard, the result has
/// the IDs of that standard only.
pub(super) fn ids(finding: &Finding, standard: Option<Standard>) -> Vec<String> {
    let mut found = Vec::new();
    let checks = || finding.checks.iter();
    let has_hub = !matches!(
        standard,
        Some(Standard::Cis | Standard::Pci | Standard::Nist)
    );
    if has_hub && finding.topic.id != finding.security_hub.join("") {
        found.extend(finding.security_hub.iter().map(|id| (*id).to_owned()));
    }
    if matches!(standard, None | Some(Standard::Cis)) {
        let cis = |version, name: &str| -> Vec<String> {
            let all = checks().filter_map(|it| it.cis_in(version));
            all.map(|id| format!("CIS {name} {id}")).collect()
        };
        found.extend(cis(5, "v5"));
        found.extend(cis(6, "v6/v7"));
        let v7 = checks().filter_map(|it| it.cis_v7);
        found.extend(v7.map(|id| format!("CIS v7 {id}")));
    }
    if standard == Some(Standard::Pci) {
        found.extend(of_checks(finding, |it| it.pci, "PCI DSS v4.0.1 "));
    }
    if standard == Some(Standard::Nist) {
        found.extend(of_checks(finding, |it| it.nist, "NIST 800-171 "));
    }
    found
}

/// The IDs of the finding in one standard, each with a prefix, and each of them once.
pub(super) fn of_checks(
    finding: &Finding,
    of: fn(&'static Check) -> &'static [&'static str],
    prefix: &str,
) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for id in finding.checks.iter().copied().flat_map(of) {
        let id = format!("{prefix}{id}");
        if !all.contains(&id) {
            all.push(id);
        }
    }
    all
}

/// The next steps after the drift of a bucket: one `bootstrap` command with all options, and the advice
/// for drift that `bootstrap` does not fix.
pub(super) fn next_steps(report: &Report) -> Vec<String> {
    let drift = || {
        report
            .findings
            .iter()
            .filter(|it| it.verdict == Verdict::Drift)
    };
    let mut options: Vec<&str> = Vec::new();
    let mut advice: Vec<String> = Vec::new();
    let mut has_command = false;
    for finding in drift() {
        match finding.topic.fix {
            Fix::Bootstrap(option) => {
                has_command = true;
                if !option.is_empty() && !options.contains(&option) {
                    options.push(option);
                }
            }
            fix @ Fix::Advice(_) => {
                let text = fix.text(&report.bucket);
                if !advice.contains(&text) {
                    advice.push(text);
                }
            }
        }
    }
    let mut steps = Vec::new();
    if has_command {
        let options: String = options.iter().map(|option| format!(" {option}")).collect();
        let bucket = &report.bucket;
        steps.push(format!(
            "s3-secure-bucket bootstrap {bucket}{options} --no-presign"
        ));
    }
    steps.extend(advice);
    steps
}

/// The findings, the worst first. Only the severity of drift matters, so all others keep their order.
pub(super) fn worst_first(report: &Report) -> Vec<&Finding> {
    let mut all: Vec<&Finding> = report.findings.iter().collect();
    values::sort(&mut all, |it| {
        let severity = match it.verdict {
            Verdict::Drift => it.severity() as usize,
            _ => 0,
        };
        (10 * it.verdict as usize + severity, String::new())
    });
    all
}

/// Sorts reports: public buckets first, then by verdict, severity and name. The account is last.
pub(super) fn sort(reports: &mut Vec<Report>) {
    values::sort(reports, |it| {
        let severity = it.severity().map_or(0, |worst| worst as usize);
        let place = [
            it.is_account.into(),
            usize::from(!it.is_public()),
            it.verdict() as usize,
            severity,
        ];
        let number = place
            .into_iter()
            .fold(0, |number, digit| 10 * number + digit);
        (number, it.bucket.clone())
    });
}

/// The subjects of all findings, in the order of the longest report, and then of the first report with
/// each of them.
pub(super) fn topics(reports: &[Report]) -> Vec<&Finding> {
    let mut known: Vec<&Finding> = Vec::new();
    let longest = (reports.iter().rev()).max_by_key(|report| report.findings.len());
    for finding in longest
        .into_iter()
        .chain(reports)
        .flat_map(|report| &report.findings)
    {
        if !known.iter().any(|it| it.topic.id == finding.topic.id) {
            known.push(finding);
        }
    }
    known
}

/// The number of findings about this subject with this verdict.
pub(super) fn count(reports: &[Report], id: &str, verdict: Verdict) -> usize {
    let all = reports.iter().flat_map(|report| &report.findings);
    all.filter(|it| it.topic.id == id && it.verdict == verdict)
        .count()
}

/// The texts of public access to a bucket, such as `statement a allows …`.
pub(super) fn public_lines(report: &Report) -> Vec<String> {
    report
        .public
        .iter()
        .filter(|_| report.is_public())
        .map(|detail| detail.trim_start_matches("PUBLIC: ").to_owned())
        .collect()
}
