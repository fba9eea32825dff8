//! Compares the URLs of a multipart upload with those of boto3 1.43 for the same input.
//!
//! A signature covers the method, the path, the query and the signed headers, so equal signatures mean
//! equal requests. boto3 writes the parameters in a different order.

#![allow(clippy::unwrap_used, missing_docs)]

use s3_presign::multipart::{Plan, Upload};
use s3_presign::{Credentials, ObjectKey, Request, endpoint, timestamp};

/// Two parts of 5 MiB, and a last part of 7 bytes.
const SIZE: u64 = (10 << 20) + 7;

fn upload(size: u64, no_overwrite: bool) -> Upload {
    let endpoint = endpoint::Config::aws("eu-west-1".parse().unwrap())
        .resolve(Some("my-drop-box"))
        .unwrap();
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    let credentials = Credentials::new("ASIAIOSFODNN7EXAMPLE", secret).with_token("to/ken+==");
    let now = timestamp::parse("20130524T000000Z").unwrap();
    let request = Request::put(&endpoint, &credentials, now);
    let key = ObjectKey::parse("in/a b+é.bin").unwrap();
    let plan = Plan::new(size, Some(5 << 20)).unwrap();
    Upload::new(&request, &key, "2~a/b+c==", plan, no_overwrite).unwrap()
}

fn signature(url: &str) -> &str {
    url.split_once("&X-Amz-Signature=").unwrap().1
}

#[test]
fn the_urls_have_the_signatures_of_boto3() {
    let plain = upload(SIZE, false);
    let mut part_urls = plain.part_urls();
    let mut part = |number| {
        let mut url = Vec::new();
        part_urls.push(&mut url, number);
        String::from_utf8(url).unwrap()
    };
    let no_overwrite = upload(SIZE, true);
    for (name, url, expected) in [
        (
            "upload_part, ContentLength=5242880",
            part(1),
            "85fc2b6382a4c6292484643e500861e918dfc4a63212c5efd134180c68995192",
        ),
        (
            "upload_part, ContentLength=7",
            part(3),
            "fa6c1b2158b7f938a0b51ce10cb3d07b0f1292b5407bd2e2bfc0670b96e83f4a",
        ),
        (
            "list_parts",
            plain.list_urls()[0].clone(),
            "069cbbceee773ed9f1c9286b9e885a29a230182a50c9aa45bdac550e779126c2",
        ),
        (
            "complete_multipart_upload, MpuObjectSize",
            plain.complete_url().to_owned(),
            "ef0d51162440cf1494eee09aa8343387e6eeef3ab0f886cc60498e10fbdce9f0",
        ),
        (
            "complete_multipart_upload, IfNoneMatch",
            no_overwrite.complete_url().to_owned(),
            "636af5777d24aad9fa20316bcfa0b08bf62e6a4dd1071cfa169252d58460262a",
        ),
        (
            "abort_multipart_upload",
            plain.abort_url().to_owned(),
            "82f5b1b4982768ce444ff9640e3ad746fccd503a24b54c2abc025a831c5707a2",
        ),
        (
            "head_object",
            plain.head_url().to_owned(),
            "3cb1c8d991db6e34af105cb94ddbe1451dc99355da8b1a4be7506b78d7c4107c",
        ),
    ] {
        assert_eq!(signature(&url), expected, "{name}: {url}");
    }
}

#[test]
fn the_second_list_has_the_signature_of_boto3() {
    let upload = upload(1001 * (5 << 20), false);
    assert_eq!(
        upload
            .list_urls()
            .iter()
            .map(|url| signature(url))
            .collect::<Vec<_>>(),
        [
            "069cbbceee773ed9f1c9286b9e885a29a230182a50c9aa45bdac550e779126c2",
            "33f119d32100bbf83270d3218b16a86564e8d6577ab4d358b30e822fb2f88f1e",
        ]
    );
}
