//! The control for the TLS-only policy: a statement that denies every request over plain HTTP.

use super::policy_statement::{POLICY, PolicyStatement, denies_all, is_within};
use super::{Info, Settings, Standards, TlsCondition};
use crate::policy::Statement;
use serde_json::{Value, json};

pub(super) struct TlsOnly;

const KEY: &str = "aws:SecureTransport";

impl PolicyStatement for TlsOnly {
    const INFO: Info = Info {
        id: "tls-only",
        title: "TLS-only bucket policy",
        why: "Requests over plain HTTP are denied, so objects are transferred over encrypted connections only.",
        flag: "",
        subresource: &POLICY,
        standards: Standards {
            security_hub: &["S3.5"],
            cis_v5: &["2.1.1"],
            cis_v6: &["3.1.1"],
        },
    };

    /// AWS's documentation uses this Sid in its examples.
    const SID: &'static str = "DenyInsecureTransport";

    fn is_wanted(_settings: &Settings) -> bool {
        true
    }

    /// The statement is a literal copy of AWS's documented statement, because security scanners
    /// compare the text: `Resource` is a list of both ARNs, and the condition's value is a string.
    fn statement(settings: &Settings, _found: Option<Statement<'_>>) -> Value {
        let operator = match settings.tls_condition {
            TlsCondition::Bool => "Bool",
            TlsCondition::BoolIfExists => "BoolIfExists",
        };
        json!({
            "Sid": Self::SID,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": settings.both_arns(),
            "Condition": { operator: { KEY: "false" } },
        })
    }

    fn is_satisfied_by(statement: Statement<'_>, resource: &str, settings: &Settings) -> bool {
        let operator_does = |operator: &str| match settings.tls_condition {
            // On AWS, every request has the key `aws:SecureTransport`, so both operators have the
            // same effect.
            TlsCondition::Bool => operator == "Bool" || operator == "BoolIfExists",
            TlsCondition::BoolIfExists => operator == "BoolIfExists",
        };
        denies_all(statement, resource) && is_about_plain_http(statement, operator_does)
    }

    /// Whether every request that the statement denies is also denied by the new statement.
    fn is_ours(statement: Statement<'_>, settings: &Settings) -> bool {
        let operator_is_no_weaker = |operator: &str| match settings.tls_condition {
            TlsCondition::Bool => operator == "Bool",
            TlsCondition::BoolIfExists => operator == "Bool" || operator == "BoolIfExists",
        };
        is_within(statement, settings) && is_about_plain_http(statement, operator_is_no_weaker)
    }
}

fn is_about_plain_http(statement: Statement<'_>, operator_fits: impl Fn(&str) -> bool) -> bool {
    statement
        .only_condition()
        .is_some_and(|(operator, key, values)| {
            // IAM ignores the case of boolean values, so `False` and `false` are equal.
            let is_false = matches!(&values[..], [value] if value.eq_ignore_ascii_case("false"));
            operator_fits(operator) && key.eq_ignore_ascii_case(KEY) && is_false
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::{Control, tests::settings};

    fn statement(settings: &Settings) -> Value {
        TlsOnly::statement(settings, None)
    }

    fn sent(found: Option<&Value>, settings: &Settings) -> Option<Value> {
        let found = found.map(|policy| serde_json::to_vec(policy).unwrap());
        let review = TlsOnly.review(found.as_deref(), settings).unwrap();
        review
            .change
            .map(|body| serde_json::from_slice(&body).unwrap())
    }

    #[test]
    fn a_new_policy_equals_the_documented_one() {
        let review = TlsOnly.review(None, &settings()).unwrap();
        assert_eq!(
            String::from_utf8(review.change.unwrap()).unwrap(),
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"DenyInsecureTransport","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::drop-box","arn:aws:s3:::drop-box/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}"#
        );
    }

    #[test]
    fn the_arns_have_the_partition_of_the_bucket() {
        let china = Settings {
            partition: "aws-cn",
            ..settings()
        };
        assert_eq!(
            sent(None, &china).unwrap()["Statement"][0]["Resource"][0],
            "arn:aws-cn:s3:::drop-box"
        );
    }

    #[test]
    fn a_statement_with_the_same_meaning_needs_no_change() {
        let ours = statement(&settings());
        let with = |change: fn(&mut Value)| {
            let mut other = ours.clone();
            change(&mut other);
            json!({"Version": "2008-10-17", "Id": "theirs", "Statement": other})
        };
        for policy in [
            with(|s| s["Sid"] = json!("ForceSSLOnlyAccess")),
            with(|s| s["Principal"] = json!({"AWS": "*"})),
            with(|s| s["Principal"] = json!({"AWS": ["*"]})),
            with(|s| s["Action"] = json!(["s3:*"])),
            with(|s| s["Action"] = json!("*")),
            with(|s| s["Resource"] = json!("*")),
            with(|s| s["Resource"] = json!("arn:aws:s3:::drop-box*")),
            with(|s| s["Condition"] = json!({"Bool": {"AWS:securetransport": false}})),
            with(|s| s["Condition"] = json!({"BoolIfExists": {"aws:SecureTransport": ["false"]}})),
            with(|s| s["Condition"] = json!({"Bool": {"aws:SecureTransport": "False"}})),
            with(|s| s["Condition"] = json!({"Bool": {"aws:SecureTransport": ["FALSE"]}})),
        ] {
            assert_eq!(sent(Some(&policy), &settings()), None, "{policy}");
        }
    }

    #[test]
    fn separate_statements_for_bucket_and_objects_need_no_change() {
        let [bucket, objects] = settings().both_arns();
        let of = |resource: &str| {
            let mut theirs = statement(&settings());
            theirs["Sid"] = json!(format!("Theirs{}", resource.len()));
            theirs["Resource"] = json!(resource);
            theirs
        };
        let policy =
            |statements: &[Value]| json!({"Version": "2012-10-17", "Statement": statements});
        let mut true_for_objects = of(&objects);
        true_for_objects["Condition"]["Bool"]["aws:SecureTransport"] = json!("true");
        for (statements, are_right) in [
            (&[of(&bucket), of(&objects)][..], true),
            (&[of(&objects), of(&bucket)], true),
            (&[of("arn:aws:s3:::*/*"), of("arn:aws:s3:::drop-bo?")], true),
            (&[of(&bucket), of(&bucket)], false),
            (&[of(&objects)], false),
            (&[of(&bucket), true_for_objects], false),
        ] {
            let sent = sent(Some(&policy(statements)), &settings());
            assert_eq!(sent.is_none(), are_right, "{statements:?}");
        }
    }

    #[test]
    fn our_statement_is_added_to_a_statement_that_denies_less() {
        let ours = statement(&settings());
        let with = |change: fn(&mut Value)| {
            let mut other = ours.clone();
            other["Sid"] = json!("Theirs");
            change(&mut other);
            json!({"Version": "2012-10-17", "Statement": [other]})
        };
        for policy in [
            with(|s| s["Effect"] = json!("Allow")),
            with(|s| s["Principal"] = json!({"AWS": "111122223333"})),
            with(|s| s["Principal"] = json!(["*"])),
            with(|s| s["Action"] = json!("s3:GetObject")),
            with(|s| s["Resource"] = json!("arn:aws:s3:::drop-box/*")),
            with(|s| s["Resource"] = json!(["arn:aws:s3:::drop-box", "arn:aws:s3:::drop-box/?*"])),
            with(|s| s["Resource"] = json!(["arn:aws:s3:::other", "arn:aws:s3:::other/*"])),
            with(|s| s["Condition"]["Bool"]["aws:SecureTransport"] = json!("true")),
            with(|s| s["Condition"]["Bool"]["aws:SecureTransport"] = json!(["false", "true"])),
            with(|s| s["Condition"]["Bool"]["aws:ViaAWSService"] = json!("false")),
            with(|s| s["Condition"]["StringEquals"] = json!({"aws:SourceVpce": "vpce-1"})),
            with(|s| {
                s.as_object_mut().unwrap().remove("Action");
                s["NotAction"] = json!("s3:GetObject");
            }),
        ] {
            let mut wanted = policy.clone();
            wanted["Statement"]
                .as_array_mut()
                .unwrap()
                .push(ours.clone());
            assert_eq!(sent(Some(&policy), &settings()), Some(wanted), "{policy}");
        }
    }

    #[test]
    fn foreign_statements_keep_their_order_id_and_version() {
        let foreign = json!({
            "Version": "2008-10-17",
            "Id": "partner",
            "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": ["s3:GetObject", "s3:PutObject"],
                 "Resource": "arn:aws:s3:::drop-box/in/*", "Condition": {"NumericLessThan": {"s3:max-keys": 10}}},
                {"Sid": "DenyInsecureTransport", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::drop-box"},
            ],
        });
        let sent = sent(Some(&foreign), &settings()).unwrap();
        assert_eq!(
            (&sent["Version"], &sent["Id"]),
            (&foreign["Version"], &foreign["Id"])
        );
        let statements = sent["Statement"].as_array().unwrap();
        assert_eq!(
            statements[..2],
            foreign["Statement"].as_array().unwrap()[..]
        );
        // If another tool or person has used the Sid of this control, the control's new statement
        // gets the next unused Sid.
        assert_eq!(statements[2]["Sid"], "DenyInsecureTransport2");
    }

    #[test]
    fn an_earlier_statement_of_ours_that_denies_less_is_replaced_in_its_place() {
        let mut stale = statement(&settings());
        stale["Resource"] = json!("arn:aws:s3:::drop-box/*");
        stale["Action"] = json!(["s3:GetObject", "s3:PutObject"]);
        let other = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": "arn:aws:s3:::drop-box"});
        let policy = json!({"Version": "2012-10-17", "Statement": [stale, other]});
        let wanted = json!({"Version": "2012-10-17", "Statement": [statement(&settings()), other]});
        assert_eq!(sent(Some(&policy), &settings()), Some(wanted));
    }

    #[test]
    fn a_statement_with_our_sid_that_denies_more_stays() {
        let ours = statement(&settings());
        let with = |change: fn(&mut Value)| {
            let mut other = ours.clone();
            change(&mut other);
            other
        };
        for theirs in [
            with(
                |s| s["Condition"] = json!({"NumericLessThan": {"s3:TlsVersion": "1.2"}, "Bool": {"aws:SecureTransport": "true"}}),
            ),
            with(|s| {
                s["Condition"] = json!({"BoolIfExists": {"aws:SecureTransport": "false"}});
                s["Resource"] = json!("arn:aws:s3:::drop-box/*");
            }),
            with(|s| s["Condition"] = json!({"Bool": {"aws:SecureTransport": ["false", "true"]}})),
            with(|s| s["Condition"] = json!({"Null": {"aws:SecureTransport": "true"}})),
            with(|s| {
                s.as_object_mut().unwrap().remove("Principal");
                s["NotPrincipal"] = json!({"AWS": "arn:aws:iam::111122223333:root"});
            }),
            with(|s| {
                s.as_object_mut().unwrap().remove("Resource");
                s["NotResource"] = json!("arn:aws:s3:::drop-box/public/*");
            }),
        ] {
            let policy = json!({"Version": "2012-10-17", "Statement": [theirs]});
            let sent = sent(Some(&policy), &settings()).unwrap();
            assert_eq!(sent["Statement"][0], theirs);
            let mut added = ours.clone();
            added["Sid"] = json!("DenyInsecureTransport2");
            assert_eq!(sent["Statement"][1], added);
        }
    }

    #[test]
    fn a_statement_with_bool_does_not_satisfy_bool_if_exists() {
        let strict = Settings {
            tls_condition: TlsCondition::BoolIfExists,
            ..settings()
        };
        let policy = json!({"Version": "2012-10-17", "Statement": [statement(&settings())]});
        let wanted = json!({"Version": "2012-10-17", "Statement": [statement(&strict)]});
        assert_eq!(sent(Some(&policy), &strict), Some(wanted));
    }
}
