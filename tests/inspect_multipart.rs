//! Tests that `inspect` names the request of each URL of a multipart upload, and the cause of each
//! refusal.

use crate::support::program::{BUCKET, Output};
use crate::support::world::World;
use serde_json::Value;

const MIB: usize = 1 << 20;

struct Sender {
    world: World,
    /// The output of `presign multipart -o json` for 5 MiB and 3 bytes.
    document: Value,
}

impl Sender {
    async fn new() -> Self {
        let world = World::new(true).await;
        world.harden(&[]).exits(0);
        let uri = format!("s3://{BUCKET}/disk.img");
        let size = (5 * MIB + 3).to_string();
        let args = [
            "presign",
            "multipart",
            &uri,
            "--size",
            &size,
            "--part-size",
            "5MiB",
        ];
        let document = world
            .run(&[&args[..], &["-o", "json"]].concat())
            .exits(0)
            .json();
        Sender { world, document }
    }

    fn part(&self, number: usize) -> &str {
        self.document["parts"][number - 1]["url"].as_str().unwrap()
    }

    fn url(&self, name: &str) -> &str {
        self.document[name].as_str().unwrap()
    }

    fn upload_id(&self) -> &str {
        self.url("upload_id")
    }

    fn inspect(&self, url: &str, more: &[&str]) -> Output {
        self.world.run(&[&["inspect", url], more].concat())
    }

    /// Returns the lines about the request, the upload and the signature.
    fn rows(&self, url: &str, more: &[&str]) -> String {
        let output = self.inspect(url, more);
        let is_about = |line: &&str| {
            let headings = ["signature ", "request ", "upload ID ", "signed size "];
            headings.iter().any(|heading| line.starts_with(heading))
        };
        let lines: Vec<&str> = output.stdout.lines().filter(is_about).collect();
        lines.join("\n").replace(self.upload_id(), "ID")
    }

    /// Sends a request, which the server refuses, and returns the cause that `inspect` prints.
    async fn cause(
        &self,
        method: &'static str,
        url: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> String {
        let answer = self.world.send(method, url, headers, body).await;
        assert!(answer.status >= 400, "{}", answer.status);
        self.explained(url, &answer.body, &[])
    }

    fn explained(&self, url: &str, answer: &[u8], more: &[&str]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("answer.xml");
        std::fs::write(&file, answer).unwrap();
        let args = [&["--server-error", file.to_str().unwrap()], more].concat();
        let output = self.inspect(url, &args);
        let cause = output
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix("cause"));
        cause
            .unwrap_or_else(|| panic!("{output:?}"))
            .trim()
            .to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_the_request_of_each_url_of_an_upload() {
    let sender = Sender::new().await;
    assert_eq!(
        sender.rows(sender.part(2), &["--header", "Content-Length: 3"]),
        "signature       valid (for PUT)\n\
         request         UploadPart (PUT), part 2\n\
         upload ID       ID\n\
         signed size     3 bytes"
    );
    // A wrong size is not the signed size.
    assert_eq!(
        sender.rows(sender.part(2), &["--header", "Content-Length: 4"]),
        "signature       INVALID\n\
         request         UploadPart (PUT), part 2\n\
         upload ID       ID"
    );
    assert_eq!(
        sender.rows(
            sender.url("complete_url"),
            &["--header", "x-amz-mp-object-size: 5242883"]
        ),
        "signature       valid (for POST)\n\
         request         CompleteMultipartUpload (POST)\n\
         upload ID       ID\n\
         signed size     5242883 bytes"
    );
    let list = sender.document["list_urls"][0].as_str().unwrap();
    for (url, method, operation) in [
        (list, "GET", "ListParts (GET)"),
        (
            sender.url("abort_url"),
            "DELETE",
            "AbortMultipartUpload (DELETE)",
        ),
    ] {
        assert_eq!(
            sender.rows(url, &[]),
            format!(
                "signature       valid (for {method})\n\
                 request         {operation}\n\
                 upload ID       ID"
            )
        );
    }
    assert_eq!(
        sender.rows(sender.url("head_url"), &[]),
        "signature       valid (for HEAD)"
    );
    let json = sender.inspect(sender.part(1), &["-o", "json"]).json();
    assert_eq!(
        json["upload"],
        serde_json::json!({
            "operations": ["UploadPart (PUT)"],
            "upload_id": sender.upload_id(),
            "part_number": "1",
            "signed_size": null,
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn names_the_cause_of_each_refusal_of_an_upload() {
    let sender = Sender::new().await;
    let other_size = sender.world.send("PUT", sender.part(2), &[], "four").await;
    assert_eq!(
        sender.explained(
            sender.part(2),
            &other_size.body,
            &["--header", "content-length: 3"]
        ),
        "the size of the file or part differs from the signed size"
    );
    let mut etags = Vec::new();
    for (number, content) in [(1, "a".repeat(5 * MIB)), (2, "end".to_owned())] {
        let stored = sender
            .world
            .send("PUT", sender.part(number), &[], &content)
            .await;
        assert_eq!(stored.status, 200);
        etags.push(stored.header("etag").unwrap().to_owned());
    }
    let xml = ("content-type", "application/xml");
    let list = |parts: &[(usize, &str)]| {
        let part = |(number, etag): &(usize, &str)| {
            format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
        };
        let parts: String = parts.iter().map(part).collect();
        format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>")
    };
    let url = sender.url("complete_url");
    let headers = [xml, ("x-amz-mp-object-size", "5242883")];
    for (parts, cause) in [
        (
            vec![(1, etags[0].as_str())],
            "the parts in the list do not add up to the signed size of the object: list all parts of the upload",
        ),
        (
            vec![(2, &etags[1]), (1, &etags[0])],
            "the list of parts is not in ascending order, or contains a part twice: sort the parts by number",
        ),
        (
            vec![(1, &etags[1]), (2, &etags[1])],
            "the list of parts contains a part that has not arrived, or a wrong ETag: list the parts, and send the missing parts",
        ),
    ] {
        assert_eq!(
            sender.cause("POST", url, &headers, &list(&parts)).await,
            cause
        );
    }
    let abort = sender.url("abort_url");
    assert_eq!(
        sender.world.send("DELETE", abort, &[], "").await.status,
        204
    );
    assert_eq!(
        sender.cause("PUT", sender.part(2), &[], "end").await,
        "the upload was completed or aborted, or its ID is wrong: a HEAD request of the object shows whether the upload was completed"
    );
}

/// S3's answer in <https://github.com/aws/aws-sdk-php/issues/1078>, shortened.
#[tokio::test(flavor = "multi_thread")]
async fn names_the_content_type_of_a_form_and_a_small_part() {
    let sender = Sender::new().await;
    let url = sender.url("complete_url");
    let answer = "<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided. Check your key and signing method.</Message><CanonicalRequest>POST\n/disk.img\n%3CCompleteMultipartUpload%3E%0A%20%20%3CPart%3E=&amp;X-Amz-Algorithm=AWS4-HMAC-SHA256\nhost:b\n\nhost\nUNSIGNED-PAYLOAD</CanonicalRequest></Error>";
    let path = url
        .split('?')
        .next()
        .unwrap()
        .splitn(4, '/')
        .nth(3)
        .unwrap();
    let answer = answer.replace("/disk.img", &format!("/{path}"));
    assert_eq!(
        sender.explained(url, answer.as_bytes(), &["--method", "POST"]),
        "the client sent the list of parts with the content type of a form, so S3 read the list as parameters of the URL: send the header Content-Type: application/xml"
    );
    let answer = "<Error><Code>EntityTooSmall</Code><Message>Your proposed upload is smaller than the minimum allowed size</Message><ProposedSize>3</ProposedSize><MinSizeAllowed>5242880</MinSizeAllowed><PartNumber>2</PartNumber><ETag>a</ETag></Error>";
    assert_eq!(
        sender.explained(url, answer.as_bytes(), &[]),
        "part 2 is smaller than 5 MiB: only the last part of an upload may be smaller"
    );
}
