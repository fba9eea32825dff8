//! The forms in the page that `request` publishes: which uploads the server accepts with them, and the
//! uploads that the server must refuse.

use crate::request::{assert_no_page, deny, hardened, put_policy, request};
use crate::support::world::World;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use s3_sandbox::{Action, Fault};

/// The fields of each form for files in a published page, without the fields of the signature.
async fn forms_of(world: &World, more: &[&str]) -> Vec<Vec<(String, String)>> {
    let link = request(world, more).exits(0).stdout;
    let page = world.send("GET", link.trim_end(), &[], "").await.body;
    let page = String::from_utf8(page).unwrap();
    let config = page.split("id=\"config\">").nth(1).unwrap();
    let config = config.split("</script>").next().unwrap();
    let config: serde_json::Value = serde_json::from_str(config).unwrap();
    let mut forms: Vec<Vec<(String, String)>> =
        serde_json::from_value(config["forms"].clone()).unwrap();
    for form in &mut forms {
        form.retain(|(name, _)| !name.starts_with("x-amz-") && name != "key");
    }
    forms
}

#[tokio::test(flavor = "multi_thread")]
async fn each_content_type_has_a_form_whose_policy_requires_it() {
    let world = hardened().await;
    for (types, conditions) in [
        (&[][..], &[r#"{"Content-Type":"binary/octet-stream"}"#][..]),
        (
            &["application/pdf", "image/*", "*"],
            &[
                r#"{"Content-Type":"application/pdf"}"#,
                r#"["starts-with","$Content-Type","image/"]"#,
                r#"["starts-with","$Content-Type",""]"#,
            ],
        ),
    ] {
        let options: Vec<&str> = types
            .iter()
            .flat_map(|&kind| ["--content-type", kind])
            .collect();
        let forms = forms_of(&world, &options).await;
        assert_eq!(forms.len(), conditions.len());
        for (form, condition) in forms.iter().zip(conditions) {
            let policy = form.iter().find(|(name, _)| name == "policy").unwrap();
            let policy = BASE64.decode(&policy.1).unwrap();
            let policy = String::from_utf8(policy).unwrap();
            assert!(policy.contains(condition), "{condition}\n{policy}");
            assert_eq!(policy.matches("Content-Type").count(), 1, "{policy}");
        }
    }
}

/// The condition makes this policy pass the form of the run, as a server does that checks the size of a form
/// before the permission.
#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_may_not_upload_are_found_though_the_form_passes() {
    for (skip, error) in [
        (
            &["--skip", "public-access-block"][..],
            "error: these credentials may not store files below the prefix: S3 answered 403 AccessDenied",
        ),
        (
            &[],
            "error: the server refuses uploads, as Ceph does while Block Public Access is on: S3 answered 403 AccessDenied",
        ),
    ] {
        let world = World::new(false).await;
        world.bootstrap(&[&["--no-presign"], skip].concat());
        let not_a_form = r#"{"StringNotEquals":{"s3:authType":"POST"}}"#;
        put_policy(&world, &deny("s3:PutObject", not_a_form)).await;
        let output = request(&world, &[]).exits(1);
        assert!(output.stderr.contains(error), "{output:?}");
        assert_no_page(&world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_a_server_stores_as_an_object_is_removed() {
    let world = hardened().await;
    let ok = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    world.sandbox.inject(Fault {
        path: Some("receipt.json".to_owned()),
        method: Some("PUT".to_owned()),
        ..Fault::any(0, 1, Action::Raw(ok.to_vec()))
    });
    request(&world, &[]).exits(0);
    let log = world.log();
    let sent = log.iter().filter(|line| *line == "DELETE").count();
    assert_eq!(sent, 1, "{log:?}");
}
