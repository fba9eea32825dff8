//! Tests of the comparison that finds equal, lost and new parts of a configuration.

use super::*;

fn is_same(before: &str, shown: &str) -> bool {
    let (before, shown) = (
        parts(Some(before.as_bytes())),
        parts(Some(shown.as_bytes())),
    );
    assert!(!before.is_empty() && !shown.is_empty());
    missing(&before, &shown).is_empty()
}

fn rule(inner: &str) -> String {
    format!(
        "<LifecycleConfiguration><Rule>{inner}<Status>Enabled</Status></Rule></LifecycleConfiguration>"
    )
}

fn statement(inner: &str) -> String {
    format!(r#"{{"Statement":[{{"Effect":"Deny",{inner}}}]}}"#)
}

#[test]
fn different_forms_of_one_part_are_equal() {
    let (p, t) = (
        "<Prefix>p</Prefix>",
        "<Tag><Key>k</Key><Value>v</Value></Tag>",
    );
    for (sent, shown) in [
        (format!("<Filter>{p}</Filter>"), p.to_owned()),
        (
            format!("<Filter>{p}</Filter>"),
            format!("<Filter><And>{p}</And></Filter>"),
        ),
        (
            format!("<Filter>{p}</Filter>"),
            format!("<ID>added</ID><Filter>{p}</Filter>"),
        ),
        (
            format!("<Filter><And>{p}{t}</And></Filter>"),
            format!("<Filter>{p}<And>{t}</And></Filter>"),
        ),
        (
            "<Filter><Prefix/></Filter>".to_owned(),
            "<Filter/>".to_owned(),
        ),
    ] {
        assert!(is_same(&rule(&sent), &rule(&shown)), "{sent} {shown}");
    }
    for (sent, shown) in [
        (
            r#""Principal":{"AWS":"111122223333"}"#,
            r#""Principal":{"AWS":["arn:aws:iam::111122223333:root"]}"#,
        ),
        (r#""Principal":"*""#, r#""Principal":{"AWS":"*"}"#),
        (
            r#""Action":["s3:B","s3:A"]"#,
            r#""Sid":"added","Action":["s3:a","s3:b"]"#,
        ),
        (
            r#""Condition":{"Bool":{"aws:X":false}}"#,
            r#""Condition":{"Bool":{"aws:x":["false"]}}"#,
        ),
    ] {
        assert!(
            is_same(&statement(sent), &statement(shown)),
            "{sent} {shown}"
        );
    }
}

#[test]
fn a_part_with_fewer_claims_is_missing_but_not_new() {
    let (p, t) = (
        "<Prefix>p</Prefix>",
        "<Tag><Key>k</Key><Value>v</Value></Tag>",
    );
    for (before, shown) in [
        (
            rule(&format!("<Filter><And>{p}{t}</And></Filter>")),
            rule(&format!("<Filter>{t}</Filter>")),
        ),
        (
            statement(r#""Action":"s3:*","Condition":{"Bool":{"a:b":"true"}}"#),
            statement(r#""Action":"s3:*""#),
        ),
    ] {
        assert!(!is_same(&before, &shown), "{shown}");
        let (before, shown) = (
            parts(Some(before.as_bytes())),
            parts(Some(shown.as_bytes())),
        );
        assert!(!has_new(&shown, &before) && has_new(&before, &shown));
    }
    // Two pairs of transitions differ if their storage classes are swapped, although the sets of
    // days and of classes are equal.
    let step = |days: u32, class: &str| {
        format!("<Transition><Days>{days}</Days><StorageClass>{class}</StorageClass></Transition>")
    };
    let (one, other) = (
        step(30, "A") + &step(90, "B"),
        step(30, "B") + &step(90, "A"),
    );
    assert!(!is_same(&rule(&one), &rule(&other)));
    // Two equal rules without an id count as two parts, so the loss of one rule is detected.
    let two = "<LifecycleConfiguration><Rule><Status>a</Status></Rule><Rule><Status>a</Status></Rule></LifecycleConfiguration>";
    assert!(!is_same(
        two,
        &two.replacen("<Rule><Status>a</Status></Rule>", "", 1)
    ));
}

/// A server may drop an element at any depth, and may add an id to a rule without an id.
#[test]
fn a_part_that_lost_something_nested_is_not_new() {
    let old = "<NoncurrentVersionExpiration><NoncurrentDays>9</NoncurrentDays><NewerNoncurrentVersions>5</NewerNoncurrentVersions></NoncurrentVersionExpiration>";
    let step = |days: &str, class: &str| {
        format!("<Transition>{days}<StorageClass>{class}</StorageClass></Transition>")
    };
    let (a, b) = (step("<Days>30</Days>", "A"), step("<Days>90</Days>", "B"));
    let tag = "<Tag><Key>k</Key><Value>v</Value></Tag>";
    let filter = format!("<Filter><And><Prefix>p</Prefix>{tag}</And></Filter>");
    for (before, shown) in [
        (
            rule(old),
            rule(&old.replace("<NewerNoncurrentVersions>5</NewerNoncurrentVersions>", "")),
        ),
        (
            rule(&format!("{a}{b}")),
            rule(&format!("{a}{}", step("", "B"))),
        ),
        (
            rule(&format!("{a}{b}")),
            rule(&format!("{}{a}", step("", "B"))),
        ),
        (
            rule(&filter),
            rule("<ID>made</ID><Filter><Prefix>p</Prefix></Filter>"),
        ),
    ] {
        let (before, shown) = (
            parts(Some(before.as_bytes())),
            parts(Some(shown.as_bytes())),
        );
        assert!(!missing(&before, &shown).is_empty(), "{shown:?}");
        assert!(!has_new(&shown, &before), "{shown:?}");
    }
    // A part with a changed value or a changed id counts as a new part of another tool or person.
    for (before, shown) in [
        (rule(old), rule(&old.replace(">5<", ">6<"))),
        (rule("<ID>a</ID>"), rule("<ID>b</ID>")),
        (rule(&a), rule(&format!("{a}{b}"))),
    ] {
        let (before, shown) = (
            parts(Some(before.as_bytes())),
            parts(Some(shown.as_bytes())),
        );
        assert!(has_new(&shown, &before), "{shown:?}");
    }
}
