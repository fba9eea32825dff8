//! Tests of the states of a bucket that a test can preset, and of the requests that AWS refuses in
//! each state.

mod support;

use s3_sandbox::{Options, Preset, STRANGER};
use support::Client;

/// Creates a bucket with AWS's defaults, and returns a client.
async fn bucket() -> Client {
    let client = Client::new(Options {
        aws_defaults: true,
        ..Options::default()
    });
    assert_eq!(client.outcome("PUT", "/b-1", &[], "").await, "200");
    client
}

fn lifecycle(rules: &str) -> String {
    format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>")
}

const OLD_FORM: &str = "<Rule><ID>old</ID><Prefix>a/</Prefix><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>";
const NEW_FORM: &str = "<Rule><ID>new</ID><Filter><Prefix>b/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>";

#[tokio::test]
async fn rules_of_both_formats_in_one_document_are_refused() {
    let client = bucket().await;
    for (rules, expected) in [
        (OLD_FORM.to_owned(), "200"),
        (NEW_FORM.to_owned(), "200"),
        (format!("{OLD_FORM}{NEW_FORM}"), "400 InvalidRequest"),
    ] {
        let body = lifecycle(&rules);
        assert_eq!(client.put("/b-1?lifecycle", &body).await, expected);
    }
}

#[tokio::test]
async fn mfa_delete_is_shown_and_excludes_lifecycle() {
    let client = bucket().await;
    assert!(client.sandbox.preset("b-1", Preset::MfaDelete));
    let shown = client
        .call("GET", "/b-1?versioning", &[], "")
        .await
        .expect("the sandbox sends a response");
    assert_eq!(shown.field("MfaDelete"), Some("Enabled"));
    let body = lifecycle(NEW_FORM);
    assert_eq!(
        client.put("/b-1?lifecycle", &body).await,
        "409 InvalidBucketState"
    );
    let on = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    assert_eq!(client.put("/b-1?versioning", on).await, "403 AccessDenied");
}

#[tokio::test]
async fn system_tags_must_be_sent_again_unchanged() {
    let client = bucket().await;
    let tag = Preset::SystemTag("aws:stack".to_owned(), "s".to_owned());
    assert!(client.sandbox.preset("b-1", tag));
    let system = "<Tag><Key>aws:stack</Key><Value>s</Value></Tag>";
    let other = "<Tag><Key>team</Key><Value>a</Value></Tag>";
    for (tags, expected) in [
        (format!("{system}{other}"), "204"),
        (other.to_owned(), "400 InvalidTag"),
        (
            format!("{}{other}", system.replace(">s<", ">t<")),
            "400 InvalidTag",
        ),
        (
            format!("{system}{}", system.replace("stack", "other")),
            "400 InvalidTag",
        ),
    ] {
        let body = format!("<Tagging><TagSet>{tags}</TagSet></Tagging>");
        assert_eq!(client.put("/b-1?tagging", &body).await, expected, "{tags}");
    }
}

#[tokio::test]
async fn a_deleted_principal_is_shown_but_refused_in_a_new_policy() {
    let client = bucket().await;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"AROAEXAMPLEID"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b-1/*"}]}"#;
    assert!(
        client
            .sandbox
            .preset("b-1", Preset::Policy(policy.to_owned()))
    );
    assert_eq!(client.outcome("GET", "/b-1?policy", &[], "").await, "200");
    assert_eq!(
        client.put("/b-1?policy", policy).await,
        "400 MalformedPolicy"
    );
}

/// S3 permits only the bucket owner's account to read the bucket policy, even if the policy permits
/// this to other accounts.
#[tokio::test]
async fn another_account_cannot_read_the_policy_even_if_it_grants_everything() {
    let mut client = bucket().await;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"s3:*","Resource":["arn:aws:s3:::b-1","arn:aws:s3:::b-1/*"]}]}"#;
    assert_eq!(client.put("/b-1?policy", policy).await, "204");
    client.user = Some(STRANGER);
    assert_eq!(
        client.outcome("GET", "/b-1?versioning", &[], "").await,
        "200"
    );
    for (method, body) in [("GET", ""), ("PUT", policy), ("DELETE", "")] {
        assert_eq!(
            client.outcome(method, "/b-1?policy", &[], body).await,
            "405 MethodNotAllowed",
            "{method}"
        );
    }
}

#[tokio::test]
async fn target_grants_need_acls() {
    let client = bucket().await;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b-1/*"}]}"#;
    assert_eq!(client.put("/b-1?policy", policy).await, "204");
    let grants = "<TargetGrants><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\"><URI>http://acs.amazonaws.com/groups/global/AuthenticatedUsers</URI></Grantee><Permission>READ</Permission></Grant></TargetGrants>";
    for (grants, expected) in [("", "200"), (grants, "400 AccessControlListNotSupported")] {
        let body = format!(
            "<BucketLoggingStatus><LoggingEnabled><TargetBucket>b-1</TargetBucket>{grants}<TargetPrefix>l/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>"
        );
        assert_eq!(client.put("/b-1?logging", &body).await, expected);
    }
}

#[tokio::test]
async fn stores_and_shows_a_website() {
    let client = bucket().await;
    assert_eq!(
        client.outcome("GET", "/b-1?website", &[], "").await,
        "404 NoSuchWebsiteConfiguration"
    );
    let body = "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>";
    assert_eq!(client.put("/b-1?website", body).await, "200");
    let shown = client
        .call("GET", "/b-1?website", &[], "")
        .await
        .expect("the sandbox sends a response");
    assert_eq!(shown.field("Suffix"), Some("index.html"));
}
