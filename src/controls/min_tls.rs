//! The control for the minimum TLS version. The condition on the TLS version needs a separate
//! statement, because the TLS-only statement with this condition would not deny plain HTTP, which
//! has no TLS version.

use super::policy_statement::{POLICY, PolicyStatement, denies_all, is_within, only_value};
use super::{Info, Settings, Standards, TlsVersion};
use crate::policy::Statement;
use serde_json::{Value, json};

pub(super) struct MinTls;

const OPERATOR: &str = "NumericLessThan";
const KEY: &str = "s3:TlsVersion";

impl PolicyStatement for MinTls {
    const INFO: Info = Info {
        id: "min-tls",
        title: "Minimum TLS version",
        why: "Requests over an outdated TLS version are denied.",
        flag: "--min-tls",
        subresource: &POLICY,
        standards: Standards::NONE,
    };

    const SID: &'static str = "DenyOutdatedTLS";

    fn is_wanted(settings: &Settings) -> bool {
        settings.min_tls.is_some()
    }

    fn statement(settings: &Settings, _found: Option<Statement<'_>>) -> Value {
        json!({
            "Sid": Self::SID,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": settings.both_arns(),
            "Condition": { OPERATOR: { KEY: settings.min_tls.map(TlsVersion::as_str) } },
        })
    }

    /// A minimum version that is later than the requested version also satisfies the control.
    fn is_satisfied_by(statement: Statement<'_>, resource: &str, settings: &Settings) -> bool {
        let wanted = settings.min_tls.and_then(|least| number(least.as_str()));
        denies_all(statement, resource)
            && version(statement).is_some_and(|version| Some(version) >= wanted)
    }

    /// Whether every request that the statement denies is also denied by the new statement.
    fn is_ours(statement: Statement<'_>, settings: &Settings) -> bool {
        let wanted = settings.min_tls.and_then(|least| number(least.as_str()));
        is_within(statement, settings)
            && version(statement).is_some_and(|version| Some(version) <= wanted)
    }

    fn summary(settings: &Settings) -> Option<String> {
        settings.min_tls.map(|least| least.as_str().to_owned())
    }
}

/// Returns the TLS version below which the statement denies requests.
fn version(statement: Statement<'_>) -> Option<f64> {
    number(&only_value(statement, OPERATOR, KEY)?)
}

/// Parses a TLS version as a decimal number, because IAM compares TLS versions as decimal numbers:
/// 1.20 equals 1.2, and 1.03 is less than 1.2. Returns `None` if the text has an exponent or a
/// sign.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
fn number(version: &str) -> Option<f64> {
    let is_plain = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    version
        .bytes()
        .all(is_plain)
        .then(|| version.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::tests::{policy_after, settings};

    fn with(least: TlsVersion) -> Settings {
        Settings {
            min_tls: Some(least),
            ..settings()
        }
    }

    #[test]
    fn a_later_version_stays_and_an_earlier_version_is_raised_in_its_place() {
        let (low, high) = (with(TlsVersion::V1_2), with(TlsVersion::V1_3));
        let ours = |settings: &Settings| MinTls::statement(settings, None);
        assert_eq!(policy_after(&MinTls, &[ours(&high)], &low), None);
        assert_eq!(
            policy_after(&MinTls, &[ours(&low)], &high),
            Some(vec![ours(&high)])
        );
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        let settings = with(TlsVersion::V1_3);
        for (version, satisfies) in [
            ("1.3", true),
            ("1.30", true),
            ("01.3", true),
            ("2", true),
            ("1.03", false),
            ("1.29", false),
            ("1", false),
            ("1.2", false),
            ("13e-1", false),
            ("inf", false),
            ("-1.3", false),
            ("", false),
            (".", false),
        ] {
            let mut theirs = MinTls::statement(&settings, None);
            theirs["Sid"] = json!("Theirs");
            theirs["Condition"][OPERATOR][KEY] = json!(version);
            let after = policy_after(&MinTls, &[theirs], &settings);
            assert_eq!(after.is_none(), satisfies, "{version}");
        }
    }

    #[test]
    fn a_later_version_for_some_actions_is_foreign_and_stays() {
        let mut part = MinTls::statement(&with(TlsVersion::V1_3), None);
        part["Action"] = json!("s3:PutObject");
        let settings = with(TlsVersion::V1_2);
        let mut ours = MinTls::statement(&settings, None);
        ours["Sid"] = json!("DenyOutdatedTLS2");
        let both = vec![part.clone(), ours];
        assert_eq!(policy_after(&MinTls, &[part], &settings), Some(both));
    }

    #[test]
    fn accepts_a_number_as_version_but_no_statement_combined_with_tls_only() {
        let settings = with(TlsVersion::V1_2);
        let mut theirs = MinTls::statement(&settings, None);
        theirs["Sid"] = json!("Theirs");
        theirs["Condition"] = json!({ OPERATOR: { KEY: 1.2 } });
        assert_eq!(
            policy_after(&MinTls, std::slice::from_ref(&theirs), &settings),
            None
        );
        theirs["Condition"] =
            json!({ OPERATOR: { KEY: "1.2" }, "Bool": { "aws:SecureTransport": "true" } });
        let both = vec![theirs.clone(), MinTls::statement(&settings, None)];
        assert_eq!(policy_after(&MinTls, &[theirs], &settings), Some(both));
    }
}
