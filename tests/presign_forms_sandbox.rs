//! Tests that the sandbox stores an object with the properties that a form names, and sends the
//! response that the form requests.

use crate::presign_sandbox::{Customer, code_of, header};
use crate::support::program::BUCKET;

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sets_metadata_tags_encryption_and_disposition() {
    let customer = Customer::new().await;
    std::fs::write(customer.file("file"), "hello").unwrap();
    let kms = "arn:aws:kms:us-east-1:111122223333:key/1234";
    let options = [
        "--key-prefix",
        "in/",
        "--field",
        "x-amz-meta-name=from ${filename}",
        "--field",
        "Cache-Control=no-store",
        "--tag",
        "case=a b",
        "--tag",
        "team=x&y",
        "--kms-key",
        kms,
        "--download-as",
        "${filename}.txt",
        "--checksum-sha256",
        "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
    ];
    let form = customer.presign("post", "", &[&options[..], &["-o", "curl"]].concat());
    assert_eq!(customer.paste(&form.stdout).0, 204);
    let head = customer.presign("head", "in/file", &["-o", "curl"]).stdout;
    let (_, headers) = customer.paste(&head);
    for (name, value) in [
        ("x-amz-meta-name", "from file"),
        ("cache-control", "no-store"),
        ("x-amz-server-side-encryption", "aws:kms"),
        ("x-amz-server-side-encryption-aws-kms-key-id", kms),
        ("content-disposition", "attachment; filename=\"file.txt\""),
    ] {
        assert_eq!(header(&headers, name), value);
    }
    let tagging = customer.presign("get", "in/file", &["--query", "tagging"]);
    let tags = customer
        .world
        .send("GET", tagging.stdout.trim_end(), &[], "");
    let tags = String::from_utf8(tags.await.body).unwrap();
    assert!(
        tags.contains("<Tag><Key>case</Key><Value>a b</Value></Tag>"),
        "{tags}"
    );
    assert!(
        tags.contains("<Key>team</Key><Value>x&amp;y</Value>"),
        "{tags}"
    );

    std::fs::write(customer.file("file"), "hallo").unwrap();
    let (status, body) = customer.paste(&form.stdout);
    assert_eq!((status, code_of(&body)), (400, "BadDigest"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_after_a_form_contains_the_name_of_the_file() {
    let customer = Customer::new().await;
    std::fs::write(customer.file("file"), "x").unwrap();
    let redirect = ["--success-redirect", "https://example.com/?f=${filename}"];
    let options = [&["--key-prefix", "in/", "-o", "curl"], &redirect[..]].concat();
    let form = customer.presign("post", "", &options).stdout;
    let (status, headers) = customer.paste(&form.replacen("curl ", "curl --include ", 1));
    assert_eq!(status, 303, "{headers}");
    let location = header(&headers, "location");
    assert!(
        location.starts_with("https://example.com/?f=file&bucket="),
        "{location}"
    );
}

/// The policy of a form does not contain the host, so the sandbox accepts a form that was signed
/// for AWS.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_for_a_key_with_dollar_signs_is_escaped_for_aws() {
    let customer = Customer::new().await;
    let uri = format!("s3://{BUCKET}/Folder/filename$$.txt");
    std::fs::write(customer.file("filename$$.txt"), "x").unwrap();
    let form = |endpoint: &[&str]| {
        let args = [&["presign", "post", &uri, "-o", "curl"], endpoint].concat();
        customer.world.run(&args).exits(0).stdout
    };
    let ours = form(&[]);
    assert_eq!(customer.paste(&ours).0, 403);
    let (command, _) = ours.rsplit_once(' ').unwrap();
    let url = ours.rsplit(' ').next().unwrap();
    let aws = form(&["--endpoint", "https://s3.us-east-1.amazonaws.com"]);
    let fields = aws.rsplit_once(' ').unwrap().0;
    let begin = command.split(" --form-string").next().unwrap();
    let (_, fields) = fields.split_once(" --form-string").unwrap();
    let (status, body) = customer.paste(&format!("{begin} --form-string{fields} {url}"));
    assert_eq!(status, 204, "{body}");
}
