//! Tests that the program reports a control as unsupported if the server lacks the feature, and
//! continues.

use crate::support::mock_s3::{ALL_READ, MockS3};

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_feature_is_unsupported_and_the_run_continues() {
    for fixture in [
        "any/list-bucket-result",
        "any/not-implemented",
        "any/invalid-argument",
    ] {
        let s3 = || async {
            MockS3::compliant()
                .await
                .but("GET ?ownershipControls", &[fixture])
        };
        for (flags, code) in [
            (&[][..], 4),
            (&["--allow-unsupported"], 0),
            (&["--require", "ownership-controls"], 1),
            (
                &["--require", "ownership-controls", "--allow-unsupported"],
                1,
            ),
            (&["--require", "encryption"], 4),
        ] {
            let s3 = s3().await;
            let output = s3.bootstrap(&[&["-o", "json"], flags].concat());
            assert_eq!(output.code, code, "{flags:?} {output:?}");
            assert_eq!(
                output.statuses()[2],
                ("ownership-controls".into(), "unsupported".into())
            );
            assert_eq!(
                output.json()["urls"].as_array().unwrap().is_empty(),
                code == 1,
                "{output:?}"
            );
            assert_eq!(s3.log().await, ALL_READ);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_only_reads_a_control_is_unsupported() {
    let s3 = MockS3::compliant()
        .await
        .but(
            "GET ?ownershipControls",
            &["get-bucket-ownership-controls/object-writer"],
        )
        // Ceph and s3rver ignore a subresource that they do not know, so they treat `PUT
        // ?ownershipControls` as CreateBucket. s3rver then answers that the bucket already exists.
        .on("PUT ?ownershipControls", &["create-bucket/taken"]);
    let output = s3.bootstrap(&["-o", "json"]);
    assert_eq!(
        (output.code, &*output.statuses()[2].1),
        (4, "unsupported"),
        "{output:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_block_sse_c_gets_the_rest_of_encryption() {
    // The server in the first case refuses an XML element that it does not know. The server in the
    // second case drops the element.
    for (answers, gets) in [
        (
            &["any/malformed-xml", "put-bucket-encryption/ok"][..],
            &[
                "get-bucket-encryption/absent",
                "get-bucket-encryption/aes256",
            ][..],
        ),
        (
            &["put-bucket-encryption/ok"],
            &[
                "get-bucket-encryption/absent",
                "get-bucket-encryption/aes256",
            ],
        ),
    ] {
        let s3 = MockS3::compliant()
            .await
            .but("GET ?encryption", gets)
            .on("PUT ?encryption", answers);
        let output = s3.bootstrap(&["-o", "json"]);
        assert_eq!(
            (output.code, &*output.statuses()[1].1),
            (4, "unsupported"),
            "{output:?}"
        );
        assert_eq!(
            output.json()["controls"][1]["detail"],
            "default encryption is on, but this server cannot block SSE-C uploads"
        );
        let sent = s3.bodies("PUT ?encryption").await;
        let blocked = "<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>";
        let document = |blocked: &str| {
            format!(
                "<ServerSideEncryptionConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>{blocked}</Rule></ServerSideEncryptionConfiguration>"
            )
        };
        let documents = [document(blocked), document("")];
        assert_eq!(sent, documents[..answers.len()]);
    }
}
