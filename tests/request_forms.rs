//! The forms in the page that `request` publishes: which uploads the server accepts with them.

use crate::request::{hardened, request};
use crate::support::world::World;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

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
