//! Tests of the lifecycle control.

use super::*;
use crate::controls::settings::Lifecycle;
use crate::controls::{Control, tests::settings};

fn with(abort_incomplete: u32, transition_ia: Option<u32>) -> Settings {
    let expire_noncurrent = None;
    Settings {
        lifecycle: Some(Lifecycle {
            abort_incomplete,
            transition_ia,
            expire_noncurrent,
        }),
        ..settings()
    }
}

fn document(rules: &str) -> String {
    format!(
        "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{rules}</LifecycleConfiguration>"
    )
}

fn abort(id: &str, filter: &str, days: u32) -> String {
    format!(
        "<Rule><ID>{id}</ID>{filter}<Status>Enabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>{days}</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>"
    )
}

const ALL: &str = "<Filter><Prefix></Prefix></Filter>";

fn sent(found: Option<&str>, settings: &Settings) -> Option<String> {
    let found = found.map(document);
    let review = LifecycleRules
        .review(found.as_deref().map(str::as_bytes), settings)
        .unwrap();
    review.change.map(|body| String::from_utf8(body).unwrap())
}

#[test]
fn every_new_rule_has_a_filter() {
    let transition = "<Rule><ID>transition-ia</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status><Transition><Days>30</Days><StorageClass>STANDARD_IA</StorageClass></Transition></Rule>";
    assert_eq!(
        sent(None, &with(7, Some(30))),
        Some(document(&(abort("abort-multipart", ALL, 7) + transition)))
    );
}

#[test]
fn a_rule_with_the_same_action_on_the_same_or_an_earlier_day_is_kept() {
    for filter in [ALL, "<Filter/>", "<Prefix/>", "<Filter><Prefix/></Filter>"] {
        assert_eq!(
            sent(Some(&abort("theirs", filter, 3)), &with(7, None)),
            None,
            "{filter}"
        );
    }
    let both = abort("theirs", ALL, 7).replace(
        "</Rule>",
        "<Transition><Days>30</Days><StorageClass>STANDARD_IA</StorageClass></Transition></Rule>",
    );
    assert_eq!(sent(Some(&both), &with(7, Some(30))), None);
}

#[test]
fn foreign_rules_do_not_change_and_our_rule_is_replaced_in_its_place() {
    let part = abort(
        "in",
        "<Filter><And><Prefix>in/</Prefix><Tag><Key>a&amp;b</Key><Value></Value></Tag></And></Filter>",
        1,
    );
    let later = abort("abort-multipart", ALL, 30);
    let off = abort("off", ALL, 1).replace("Enabled", "Disabled");
    assert_eq!(
        sent(Some(&format!("{part}{later}{off}")), &with(7, None)),
        Some(document(&format!(
            "{part}{}{off}",
            abort("abort-multipart", ALL, 7)
        )))
    );
}

#[test]
fn a_foreign_rule_with_our_id_stays_and_our_rule_gets_another_id() {
    let theirs = abort("abort-multipart", ALL, 30).replace(
        "</Rule>",
        "<Expiration><Days>365</Days></Expiration></Rule>",
    );
    assert_eq!(
        sent(Some(&theirs), &with(7, None)),
        Some(document(&(theirs + &abort("abort-multipart-2", ALL, 7))))
    );
}

#[test]
fn foreign_rules_with_our_ids_keep_their_transitions_and_version_counts() {
    let mut settings = with(7, Some(30));
    settings.lifecycle.as_mut().unwrap().expire_noncurrent = Some(30);
    let rule = |id: &str, actions: &str| {
        format!("<Rule><ID>{id}</ID>{ALL}<Status>Enabled</Status>{actions}</Rule>")
    };
    let step = |days: u32, class: &str| {
        format!("<Transition><Days>{days}</Days><StorageClass>{class}</StorageClass></Transition>")
    };
    let kept = "<NoncurrentVersionExpiration><NoncurrentDays>90</NoncurrentDays><NewerNoncurrentVersions>5</NewerNoncurrentVersions></NoncurrentVersionExpiration>";
    let theirs = [
        abort("a", ALL, 7),
        rule(
            "transition-ia",
            &(step(60, "STANDARD_IA") + &step(365, "GLACIER")),
        ),
        rule("expire-noncurrent", kept),
    ]
    .concat();
    let sent = sent(Some(&theirs), &settings).unwrap();
    assert!(sent.contains(&theirs), "{sent}");
    for id in ["transition-ia-2", "expire-noncurrent-2"] {
        assert!(sent.contains(&format!("<ID>{id}</ID>")), "{sent}");
    }
}

#[test]
fn a_rule_that_keeps_a_number_of_old_versions_does_not_satisfy_the_control() {
    let mut settings = with(7, None);
    settings.lifecycle.as_mut().unwrap().expire_noncurrent = Some(30);
    let counted = "<NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays><NewerNoncurrentVersions>3</NewerNoncurrentVersions></NoncurrentVersionExpiration>";
    let theirs = abort("theirs", ALL, 7).replace("</Rule>", &format!("{counted}</Rule>"));
    assert!(
        sent(Some(&theirs), &settings)
            .unwrap()
            .contains("<ID>expire-noncurrent</ID>")
    );
}
