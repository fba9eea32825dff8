//! Tests of the options of `presign post`: the conditions of the policy, and the arguments that the
//! program refuses or warns about.

use crate::support::presign::{policy, presign, refuses};

#[test]
fn a_placeholder_in_a_redirect_makes_a_prefix_condition() {
    let redirect = [
        "--success-redirect",
        "https://example.com/done?file=${filename}",
    ];
    let document = policy(&[&["s3://b-1/k"], &redirect[..]].concat());
    let wanted = r#"["starts-with","$success_action_redirect","https://example.com/done?file="]"#;
    assert!(document.contains(wanted), "{document}");
    let fields = [
        "--field",
        "x-amz-meta-name=${filename}",
        "--download-as",
        "${filename}",
    ];
    let document = policy(&[&["s3://b-1/k"], &fields[..]].concat());
    assert!(
        document.contains(r#"["starts-with","$x-amz-meta-name",""]"#),
        "{document}"
    );
    let wanted = r#"["starts-with","$Content-Disposition","attachment; filename=\""]"#;
    assert!(document.contains(wanted), "{document}");
}

#[test]
fn a_form_accepts_one_type_or_any_type() {
    refuses(
        &[
            "post",
            "s3://b-1/k",
            "--content-type",
            "image/png,image/jpeg",
        ],
        "invalid value 'image/png,image/jpeg' for '--content-type <TYPE>': a form accepts one content type",
        "write a common beginning, such as image/*, or create one form per type",
    );
    for wrong in ["*/png", "image/**", "im*/png"] {
        presign(&["post", "s3://b-1/k", "--content-type", wrong]).exits(2);
    }
    for any in ["*/*", "*"] {
        let document = policy(&["s3://b-1/k", "--content-type", any]);
        assert!(
            document.contains(r#"["starts-with","$Content-Type",""]"#),
            "{document}"
        );
    }
    let list = ["s3://b-1/k", "--content-type", "text/plain; charset=utf-8"];
    assert!(policy(&list).contains(r#"{"Content-Type":"text/plain; charset=utf-8"}"#));
}

#[test]
fn a_form_field_is_given_once_and_is_not_a_field_of_the_signature() {
    refuses(
        &["post", "s3://b-1/k", "--field", "policy=x"],
        "invalid value 'policy=x' for '--field <NAME=VALUE>': form field `policy` is reserved",
        "name the key in s3://BUCKET/KEY; the program writes the signature",
    );
    refuses(
        &[
            "post",
            "s3://b-1/k",
            "--content-type",
            "a/b",
            "--field",
            "content-type=c/d",
        ],
        "form field `content-type` is given twice",
        "set the form field once, with its option or with --field",
    );
    presign(&["post", "s3://b-1/k", "--field", "no-value"]).exits(2);
}

#[test]
fn a_form_for_a_server_without_forms_is_warned_about() {
    let account = "https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com";
    for (endpoint, name) in [
        (account, "Cloudflare R2"),
        ("https://s3.us-west-004.backblazeb2.com", "Backblaze B2"),
    ] {
        let args = [
            "post",
            "s3://b-1/k",
            "--region",
            "r",
            "--endpoint",
            endpoint,
        ];
        assert_eq!(
            presign(&args).exits(0).stderr,
            format!(
                "warning: {name} does not support upload forms (it answers 501 to them); use presign put\n"
            )
        );
    }
    let wasabi = ["--region", "r", "--endpoint", "https://s3.wasabisys.com"];
    assert_eq!(
        presign(&[&["post", "s3://b-1/k"], &wasabi[..]].concat()).stderr,
        ""
    );
}
