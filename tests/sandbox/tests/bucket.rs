//! Tests of buckets and their configuration: creation, regions, defaults and validation.

mod support;

use s3_sandbox::{Options, STRANGER};
use support::Client;

const ENCRYPTION: &str = "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled><BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>";

fn constraint(region: &str) -> String {
    format!(
        "<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
    )
}

#[tokio::test]
async fn a_bare_bucket_has_no_configuration() {
    let client = Client::new(Options::default());
    assert_eq!(client.outcome("HEAD", "/b-1", &[], "").await, "404");
    assert_eq!(client.outcome("PUT", "/b-1", &[], "").await, "200");
    assert_eq!(client.outcome("PUT", "/b-1", &[], "").await, "200");
    for (query, expected) in [
        (
            "publicAccessBlock",
            "404 NoSuchPublicAccessBlockConfiguration",
        ),
        (
            "encryption",
            "404 ServerSideEncryptionConfigurationNotFoundError",
        ),
        ("ownershipControls", "404 OwnershipControlsNotFoundError"),
        ("policy", "404 NoSuchBucketPolicy"),
        ("lifecycle", "404 NoSuchLifecycleConfiguration"),
        ("tagging", "404 NoSuchTagSet"),
        ("versioning", "200"),
        ("logging", "200"),
    ] {
        let target = format!("/b-1?{query}");
        assert_eq!(
            client.outcome("GET", &target, &[], "").await,
            expected,
            "{query}"
        );
    }
}

#[tokio::test]
async fn aws_defaults_block_enforce_and_encrypt() {
    let client = Client::new(Options {
        aws_defaults: true,
        ..Options::default()
    });
    assert_eq!(client.outcome("PUT", "/b-1", &[], "").await, "200");
    for (query, name, value) in [
        ("publicAccessBlock", "RestrictPublicBuckets", "true"),
        ("encryption", "EncryptionType", "SSE-C"),
        (
            "ownershipControls",
            "ObjectOwnership",
            "BucketOwnerEnforced",
        ),
    ] {
        let reply = client
            .call("GET", &format!("/b-1?{query}"), &[], "")
            .await
            .expect("the sandbox sends a response");
        assert_eq!(reply.field(name), Some(value), "{}", reply.body);
    }
    let customer_key = [
        ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
        (
            "x-amz-server-side-encryption-customer-key-md5",
            "AAAAAAAAAAAAAAAAAAAAAA==",
        ),
    ];
    assert_eq!(
        client.outcome("PUT", "/b-1/k", &customer_key, "x").await,
        "403 AccessDenied"
    );
    assert_eq!(
        client
            .outcome("PUT", "/b-1/k", &[("x-amz-acl", "public-read")], "x")
            .await,
        "400 AccessControlListNotSupported"
    );
}

#[tokio::test]
async fn names_and_owners_are_checked() {
    let mut client = Client::new(Options::default());
    assert_eq!(
        client.outcome("PUT", "/Bad_Name", &[], "").await,
        "400 InvalidBucketName"
    );
    assert_eq!(client.outcome("PUT", "/b-1", &[], "").await, "200");
    let wrong = [("x-amz-expected-bucket-owner", STRANGER.account_id)];
    assert_eq!(
        client.outcome("GET", "/b-1?versioning", &wrong, "").await,
        "403 AccessDenied"
    );
    client.user = Some(STRANGER);
    assert_eq!(
        client.outcome("PUT", "/b-1", &[], "").await,
        "409 BucketAlreadyExists"
    );
    let head = client
        .call("HEAD", "/b-1", &[], "")
        .await
        .expect("the sandbox sends a response");
    assert_eq!(
        (head.status, head.header("x-amz-bucket-region")),
        (403, Some("us-east-1"))
    );
    client.user = Some(s3_sandbox::User {
        access_key_id: "AKIANOBODY0000000000",
        ..STRANGER
    });
    assert_eq!(
        client.outcome("GET", "/b-1?list-type=2", &[], "").await,
        "403 InvalidAccessKeyId"
    );
    client.user = Some(s3_sandbox::User {
        secret_access_key: "wrong",
        ..STRANGER
    });
    assert_eq!(
        client.outcome("GET", "/b-1?list-type=2", &[], "").await,
        "403 SignatureDoesNotMatch"
    );
}

#[tokio::test]
async fn the_signature_must_name_the_region_of_the_bucket() {
    let mut client = Client::new(Options::default());
    assert_eq!(
        client
            .outcome("PUT", "/b-1", &[], &constraint("us-east-1"))
            .await,
        "400 InvalidLocationConstraint"
    );
    client.region = "eu-west-1".to_owned();
    assert_eq!(
        client.outcome("PUT", "/b-1", &[], "").await,
        "400 IllegalLocationConstraintException"
    );
    assert_eq!(
        client
            .outcome("PUT", "/b-1", &[], &constraint("eu-west-1"))
            .await,
        "200"
    );
    assert_eq!(
        client
            .outcome("PUT", "/b-1", &[], &constraint("eu-west-1"))
            .await,
        "409 BucketAlreadyOwnedByYou"
    );
    client.region = "us-east-1".to_owned();
    let reply = client
        .call("GET", "/b-1?versioning", &[], "")
        .await
        .expect("the sandbox sends a response");
    assert_eq!(reply.outcome(), "400 AuthorizationHeaderMalformed");
    assert_eq!(reply.field("Region"), Some("eu-west-1"));
    let presigned = client.presign("GET", "/b-1/k", &[], 60);
    let reply = client
        .raw("GET", &presigned, &[], "")
        .await
        .expect("the sandbox sends a response");
    assert_eq!(reply.outcome(), "400 AuthorizationQueryParametersError");
}

#[tokio::test]
async fn configurations_are_validated_and_stored() {
    let client = Client::new(Options::default());
    assert_eq!(client.outcome("PUT", "/b-1", &[], "").await, "200");
    assert_eq!(
        client
            .outcome("PUT", "/b-1?encryption", &[], ENCRYPTION)
            .await,
        "400 InvalidRequest",
        "no digest"
    );
    let wrong = [("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")];
    assert_eq!(
        client
            .outcome("PUT", "/b-1?encryption", &wrong, ENCRYPTION)
            .await,
        "400 BadDigest"
    );
    assert_eq!(
        client.put("/b-1?encryption", "<nonsense").await,
        "400 MalformedXML"
    );
    assert_eq!(client.put("/b-1?encryption", ENCRYPTION).await, "200");
    let reply = client
        .call("GET", "/b-1?encryption", &[], "")
        .await
        .expect("the sandbox sends a response");
    assert_eq!(
        reply.field("EncryptionType"),
        Some("SSE-C"),
        "{}",
        reply.body
    );
    assert_eq!(reply.field("BucketKeyEnabled"), Some("true"));

    let rule = |inner: &str| {
        format!(
            "<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status>{inner}</Rule></LifecycleConfiguration>"
        )
    };
    let transition = "<Filter><Prefix></Prefix></Filter><Transition><Days>10</Days><StorageClass>STANDARD_IA</StorageClass></Transition>";
    assert_eq!(
        client
            .put(
                "/b-1?lifecycle",
                &rule("<Expiration><Days>1</Days></Expiration>")
            )
            .await,
        "400 MalformedXML"
    );
    assert_eq!(
        client.put("/b-1?lifecycle", &rule(transition)).await,
        "400 InvalidArgument"
    );
    assert_eq!(
        client
            .put("/b-1?lifecycle", &rule(&transition.replace("10", "30")))
            .await,
        "200"
    );

    let logging = "<BucketLoggingStatus><LoggingEnabled><TargetBucket>no-such</TargetBucket><TargetPrefix/></LoggingEnabled></BucketLoggingStatus>";
    assert_eq!(
        client.put("/b-1?logging", logging).await,
        "400 InvalidTargetBucketForLogging"
    );
    assert_eq!(
        client
            .put("/b-1?logging", &logging.replace("no-such", "b-1"))
            .await,
        "400 InvalidTargetBucketForLogging"
    );
    let grant = r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b-1/*"}}"#;
    assert_eq!(client.put("/b-1?policy", grant).await, "204");
    assert_eq!(
        client
            .put("/b-1?logging", &logging.replace("no-such", "b-1"))
            .await,
        "200"
    );
}

#[tokio::test]
async fn create_accepts_tags_and_ownership() {
    let client = Client::new(Options::default());
    let body = "<CreateBucketConfiguration><Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags></CreateBucketConfiguration>";
    let ownership = [("x-amz-object-ownership", "BucketOwnerEnforced")];
    assert_eq!(client.outcome("PUT", "/b-1", &ownership, body).await, "200");
    let tags = client
        .call("GET", "/b-1?tagging", &[], "")
        .await
        .expect("the sandbox sends a response");
    assert_eq!(tags.field("Value"), Some("b"));
    assert_eq!(
        client
            .outcome("PUT", "/b-1?acl", &[("x-amz-acl", "private")], "")
            .await,
        "400 AccessControlListNotSupported"
    );
    assert_eq!(
        client
            .outcome("PUT", "/b-2", &[("x-amz-object-ownership", "Nobody")], "")
            .await,
        "400 InvalidArgument"
    );
}
