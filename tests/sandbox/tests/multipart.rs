//! Multipart uploads: pages of ListParts, and the errors of CompleteMultipartUpload in AWS's order.

mod support;

use s3_sandbox::Options;
use support::{Client, Reply};

const KEY: &str = "/b-1/k";

/// An upload that has no parts yet.
async fn begin(client: &Client, headers: &[(&str, &str)]) -> String {
    assert_eq!(client.outcome("PUT", "/b-1", &[], "").await, "200");
    let created = client.call("POST", "/b-1/k?uploads", headers, "").await;
    let id = created.expect("an answer");
    id.field("UploadId").expect("an upload ID").to_owned()
}

async fn upload_part(client: &Client, id: &str, number: u32, body: &str) -> String {
    let target = format!("{KEY}?partNumber={number}&uploadId={id}");
    let reply = client.call("PUT", &target, &[], body).await;
    let reply = reply.expect("an answer");
    reply.header("etag").expect("an ETag").to_owned()
}

async fn complete(
    client: &Client,
    id: &str,
    headers: &[(&str, &str)],
    parts: &[(u32, &str)],
) -> Reply {
    let part = |(number, etag): &(u32, &str)| {
        format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
    };
    let parts: String = parts.iter().map(part).collect();
    let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    let target = format!("{KEY}?uploadId={id}");
    let reply = client.call("POST", &target, headers, &body).await;
    reply.expect("an answer")
}

#[tokio::test]
async fn list_parts_has_pages_of_at_most_a_thousand_parts() {
    let client = Client::new(Options::default());
    let id = begin(&client, &[]).await;
    for number in 1..=1002 {
        upload_part(&client, &id, number, "x").await;
    }
    let list = async |query: &str| {
        let target = format!("{KEY}?uploadId={id}{query}");
        let reply = client.call("GET", &target, &[], "").await;
        let reply = reply.expect("an answer");
        let text = |name| reply.field(name).unwrap_or_default().to_owned();
        (
            reply.outcome(),
            reply.body.matches("<PartNumber>").count(),
            text("IsTruncated"),
            text("NextPartNumberMarker"),
        )
    };
    let page = |count, truncated: &str, next: &str| {
        (
            "200".to_owned(),
            count,
            truncated.to_owned(),
            next.to_owned(),
        )
    };
    assert_eq!(list("").await, page(1000, "true", "1000"));
    assert_eq!(
        list("&part-number-marker=1000").await,
        page(2, "false", "1002")
    );
    assert_eq!(
        list("&max-parts=3&part-number-marker=7").await,
        page(3, "true", "10")
    );
    assert_eq!(list("&max-parts=5000").await, page(1000, "true", "1000"));
    assert_eq!(
        list("&part-number-marker=-1").await.0,
        "400 InvalidArgument"
    );
}

#[tokio::test]
async fn complete_checks_the_order_before_the_parts_and_their_sizes() {
    let client = Client::new(Options::default());
    let id = begin(&client, &[]).await;
    let large = "x".repeat(5 << 20);
    let one = upload_part(&client, &id, 1, "small").await;
    let two = upload_part(&client, &id, 2, &large).await;
    let three = upload_part(&client, &id, 3, "end").await;
    for (parts, outcome) in [
        (vec![], "400 MalformedXML"),
        (
            vec![(2, two.as_str()), (1, "wrong")],
            "400 InvalidPartOrder",
        ),
        (vec![(2, &two), (2, &two)], "400 InvalidPartOrder"),
        (vec![(1, &one), (2, &two), (4, &three)], "400 InvalidPart"),
        (vec![(1, &one), (2, &one)], "400 InvalidPart"),
        (vec![(1, &one), (2, &two)], "400 EntityTooSmall"),
    ] {
        let reply = complete(&client, &id, &[], &parts).await;
        assert_eq!(reply.outcome(), outcome, "{parts:?}");
    }
    let parts = [(2, two.as_str()), (3, &three)];
    let size = [("x-amz-mp-object-size", "5242884")];
    let reply = complete(&client, &id, &size, &parts).await;
    assert_eq!(reply.outcome(), "400 InvalidRequest");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let reply = complete(&client, &id, &form, &parts).await;
    assert_eq!(reply.outcome(), "403 SignatureDoesNotMatch");
    let size = [("x-amz-mp-object-size", "5242883")];
    let reply = complete(&client, &id, &size, &parts).await;
    assert_eq!(reply.outcome(), "200");
    let reply = complete(&client, &id, &size, &parts).await;
    assert_eq!(reply.outcome(), "404 NoSuchUpload");
}

#[tokio::test]
async fn an_upload_with_a_checksum_algorithm_needs_the_checksum_of_each_part() {
    for (algorithm, outcome) in [("SHA256", "400 InvalidRequest"), ("CRC64NVME", "200")] {
        let client = Client::new(Options::default());
        let id = begin(&client, &[("x-amz-checksum-algorithm", algorithm)]).await;
        let etag = upload_part(&client, &id, 1, "x").await;
        let reply = complete(&client, &id, &[], &[(1, &etag)]).await;
        assert_eq!(reply.outcome(), outcome, "{algorithm}");
    }
}
