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
            expire: None,
            expire_prefix: String::new(),
        }),
        versioning: false,
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
        Some(document(
            &[&*abort("abort-multipart", ALL, 7), transition, &*pages()].concat()
        ))
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
            "{part}{}{off}{}",
            abort("abort-multipart", ALL, 7),
            pages()
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
        Some(document(
            &[theirs, abort("abort-multipart-2", ALL, 7), pages()].concat()
        ))
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

fn expiring(text: &str, versioning: bool) -> Settings {
    let mut settings = with(7, None);
    let lifecycle = settings.lifecycle.as_mut().unwrap();
    let (days, prefix) = text.split_once(':').unwrap_or((text, ""));
    lifecycle.expire = Some(days.parse().unwrap());
    lifecycle.expire_prefix = prefix.to_owned();
    settings.versioning = versioning;
    settings
}

fn with_actions(id: &str, prefix: &str, actions: &str) -> String {
    format!(
        "<Rule><ID>{id}</ID><Filter><Prefix>{prefix}</Prefix></Filter><Status>Enabled</Status>{actions}</Rule>"
    )
}

fn expire(days: u32) -> String {
    format!("<Expiration><Days>{days}</Days></Expiration>")
}

fn noncurrent(days: u32) -> String {
    format!(
        "<NoncurrentVersionExpiration><NoncurrentDays>{days}</NoncurrentDays></NoncurrentVersionExpiration>"
    )
}

const MARKERS: &str =
    "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>";

fn pages() -> String {
    with_actions("upload-pages", PAGES_PREFIX, &expire(8))
}

#[test]
fn objects_expire_and_with_versioning_their_versions_and_markers_too() {
    let ours = abort("abort-multipart", ALL, 7);
    assert_eq!(
        sent(None, &expiring("30:in/", false)),
        Some(document(
            &[
                ours.clone(),
                with_actions("expire", "in/", &expire(30)),
                pages()
            ]
            .concat()
        ))
    );
    let all = [
        ours,
        with_actions("expire", "", &(expire(30) + &noncurrent(30))),
        with_actions("expire-markers", "", MARKERS),
        with_actions("upload-pages", PAGES_PREFIX, &(expire(8) + &noncurrent(1))),
        with_actions("upload-page-markers", PAGES_PREFIX, MARKERS),
    ];
    // The rule for the markers of the whole bucket also covers the pages.
    let written = [&all[..3], &all[3..4]].concat().concat();
    assert_eq!(sent(None, &expiring("30", true)), Some(document(&written)));
    assert_eq!(sent(Some(&written), &expiring("30", true)), None);
    assert_eq!(sent(Some(&all.concat()), &expiring("30", true)), None);
}

#[test]
fn our_rule_gets_exactly_the_requested_days_and_an_earlier_foreign_rule_is_kept() {
    let before = abort("abort-multipart", ALL, 7);
    let with_rule = |rule: String| [before.clone(), rule, pages()].concat();
    for days in [7, 90] {
        let found = with_rule(with_actions("expire", "in/", &expire(days)));
        let wanted = with_rule(with_actions("expire", "in/", &expire(30)));
        assert_eq!(
            sent(Some(&found), &expiring("30:in/", false)),
            Some(document(&wanted))
        );
    }
    for (prefix, days) in [("in/", 30), ("", 7), ("i", 1)] {
        let found = with_rule(with_actions("theirs", prefix, &expire(days)));
        assert_eq!(
            sent(Some(&found), &expiring("30:in/", false)),
            None,
            "{prefix}"
        );
    }
    for (prefix, days) in [("in/a/", 30), ("in/", 31), ("out/", 1)] {
        let found = with_rule(with_actions("theirs", prefix, &expire(days)));
        let added = with_actions("expire", "in/", &expire(30));
        assert_eq!(
            sent(Some(&found), &expiring("30:in/", false)),
            Some(document(&(found + &added))),
            "{prefix}"
        );
    }
    // The order of the elements and the action for old versions do not matter.
    let other_order = with_rule(format!(
        "<Rule>{}{}<Status>Enabled</Status><Filter><Prefix>in/</Prefix></Filter><ID>expire</ID></Rule>",
        noncurrent(30),
        expire(30)
    ));
    assert_eq!(sent(Some(&other_order), &expiring("30:in/", false)), None);
    assert_eq!(
        sent(Some(&other_order), &expiring("60:in/", false)),
        Some(document(&with_rule(with_actions(
            "expire",
            "in/",
            &(expire(60) + &noncurrent(30))
        ))))
    );
}

#[test]
fn the_rule_for_upload_pages_is_needed_only_if_the_bucket_has_pages() {
    let found = abort("abort-multipart", ALL, 7);
    let body = document(&found);
    assert_eq!(sent(Some(&found), &with(7, None)), None);
    assert!(depends_on_pages(Some(body.as_bytes()), &with(7, None)));
    let has_pages = Settings {
        has_upload_pages: true,
        ..with(7, None)
    };
    let written = found.clone() + &pages();
    assert_eq!(sent(Some(&found), &has_pages), Some(document(&written)));
    assert_eq!(sent(Some(&written), &has_pages), None);
    // A document that changes anyway gets the rule, and so does a bucket without rules.
    for (body, settings) in [
        (Some(document(&written)), with(7, None)),
        (Some(body), with(3, None)),
        (None, with(7, None)),
    ] {
        assert!(!depends_on_pages(
            body.as_deref().map(str::as_bytes),
            &settings
        ));
    }
    assert_eq!(
        sent(None, &with(7, None)),
        Some(document(&(abort("abort-multipart", ALL, 7) + &pages())))
    );
}
