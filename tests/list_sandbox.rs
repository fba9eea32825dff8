//! `list` on the sandbox: odd keys, deliveries with receipts, and its requests.

use crate::support::aws::Aws;
use crate::support::inbox::Inbox;
use crate::support::program::BUCKET;
use s3_sandbox::{OWNER, Options, STRANGER};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_listed_byte_for_byte_and_can_be_presigned() {
    let odd = Inbox::new(Options {
        page: Some(2),
        ..Options::default()
    })
    .await;
    let keys = [
        "a b+c%20",
        "a//b",
        "a\tb",
        "a\u{1b}[2J",
        "a\u{202e}b",
        "a&<>\"'",
        "é/中",
        "z",
    ];
    for key in keys {
        odd.put(key, key).await;
    }
    odd.put(".s3-secure-bucket/pages/x.html", "page").await;
    let mut sorted = keys;
    sorted.sort_unstable();
    let listed = odd.list("", &[]).exits(0);
    let lines: Vec<&str> = listed.stdout.split_terminator('\n').collect();
    assert_eq!((lines, &*listed.stderr), (sorted.to_vec(), ""));
    let listed = odd.list("", &["-0"]).exits(0);
    assert_eq!(
        listed.stdout.split_terminator('\0').collect::<Vec<_>>(),
        sorted
    );
    let listed = odd.list("a//", &[]).exits(0);
    assert_eq!(listed.stdout, "a//b\n");
    let listed = odd.list(".s3-secure-bucket/", &[]).exits(0);
    assert_eq!(listed.stdout, ".s3-secure-bucket/pages/x.html\n");

    // The list is the input of presign.
    let all = odd.list("", &[]).exits(0);
    let uri = format!("s3://{BUCKET}/");
    let args = ["presign", "get", &uri, "--keys-from", "-"];
    let urls = odd.world.program(&OWNER, &odd.world.sandbox.https(), &args);
    let urls = urls.stdin(all.stdout.as_bytes()).run().exits(0);
    for (url, key) in urls.stdout.lines().zip(sorted) {
        let got = odd.world.send("GET", url, &[], "").await;
        assert_eq!((got.status, got.body), (200, key.as_bytes().to_vec()));
    }

    odd.put("n\nl", "").await;
    let listed = odd.list("n", &[]).exits(1);
    assert_eq!(
        (&*listed.stdout, &*listed.stderr),
        (
            "",
            "error: the key `n\\nl` contains a newline, so the list cannot show the key on one line\nhint: use -0, which ends keys with NUL, or -o json\n"
        )
    );
    assert_eq!(odd.list("n", &["-0"]).exits(0).stdout, "n\nl\0");
    let (documents, _) = odd.json("n", &[]);
    assert_eq!(documents[0]["key"], "n\nl");
    assert!(
        odd.list("n", &["--long"])
            .exits(0)
            .stdout
            .ends_with("  n\\nl\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_complete_if_the_listing_agrees_with_its_receipt() {
    let inbox = Inbox::new(Options::default()).await;
    let (done, receipt) = inbox.deliver(1, "Q3 \u{202e}fdp.\u{1b}[2J../x").await;
    inbox.store(&done, &receipt).await;
    inbox.put(&format!("{done}extra.txt"), "1").await;
    let (sending, _) = inbox.deliver(2, "b.pdf").await;
    inbox.put("in/plain.txt", "123").await;

    let keys = format!("{done}extra.txt\n{done}file.pdf\n{sending}file.pdf\nin/plain.txt\n");
    inbox.world.sandbox.clear_requests();
    assert_eq!(inbox.list("in/", &[]).exits(0).stdout, keys);
    assert_eq!(
        inbox.world.log(),
        ["GET ?list-type=2&encoding-type=url&prefix=in%2F"]
    );

    let (documents, stderr) = inbox.json("in/", &["--long"]);
    assert_eq!(stderr, "");
    assert_eq!(
        inbox.world.sandbox.requests().len(),
        2,
        "one page and one receipt"
    );
    let seen: Vec<Value> = documents
        .iter()
        .map(|found| {
            json!([
                found["key"],
                found["size"],
                found["delivery"],
                found["complete"],
                found["name"]
            ])
        })
        .collect();
    assert_eq!(
        seen,
        [
            json!([format!("{done}extra.txt"), 1, done, false, null]),
            json!([
                format!("{done}file.pdf"),
                5,
                done,
                true,
                "Q3 \u{202e}fdp.\u{1b}[2J../x"
            ]),
            json!([format!("{sending}file.pdf"), 5, sending, false, null]),
            json!(["in/plain.txt", 3, null, null, null]),
        ]
    );
    let long = inbox.list("in/", &["--long"]).exits(0).stdout;
    let lines: Vec<&str> = long
        .lines()
        .map(|line| line.split_once("Z  ").unwrap().1)
        .collect();
    assert_eq!(
        lines,
        [
            &*format!("{done}extra.txt  (incomplete)"),
            &*format!("{done}file.pdf  \"Q3 \\u{{202e}}fdp.\\u{{1b}}[2J../x\""),
            &*format!("{sending}file.pdf  (incomplete)"),
            "in/plain.txt",
        ]
    );
    // Without --long the receipt is not read.
    let (documents, _) = inbox.json("in/", &[]);
    assert_eq!(documents[1]["delivery"], json!(done));
    assert_eq!(
        (&documents[1]["complete"], &documents[1]["name"]),
        (&Value::Null, &Value::Null)
    );
    // A prefix that is the key of the receipt shows the receipt.
    let receipt = format!("{done}receipt.json");
    assert_eq!(
        inbox.list(&receipt, &[]).exits(0).stdout,
        format!("{receipt}\n")
    );
}

/// A prefix that is longer than the folder of a delivery can hide the receipt and files.
#[tokio::test(flavor = "multi_thread")]
async fn a_prefix_that_cuts_a_delivery_calls_no_file_incomplete() {
    let inbox = Inbox::new(Options::default()).await;
    let (folder, receipt) = inbox.deliver(1, "a.pdf").await;
    inbox.store(&folder, &receipt).await;
    for (prefix, complete, mark) in [
        (folder.clone(), json!(true), "  \"a.pdf\"\n"),
        (format!("{folder}f"), Value::Null, "  (unknown)\n"),
        (
            format!("{folder}receipt.json"),
            Value::Null,
            "  (unknown)\n",
        ),
    ] {
        let (documents, stderr) = inbox.json(&prefix, &["--long"]);
        let shown = inbox.list(&prefix, &["--long"]).exits(0).stdout;
        assert_eq!(
            (&documents[0]["complete"], &*stderr),
            (&complete, ""),
            "{prefix}"
        );
        assert!(shown.ends_with(mark), "{prefix}: {shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn false_claims_of_receipts_are_reported_and_never_believed() {
    let inbox = Inbox::new(Options::default()).await;
    let mut expected = Vec::new();
    for (minute, (change, why)) in [
        (
            json!({"/files/0/size": 6}),
            "the receipt and the listing of the bucket have different sizes or ETags for a file",
        ),
        (
            json!({"/files/0/etag": "00"}),
            "the receipt and the listing of the bucket have different sizes or ETags for a file",
        ),
        (
            json!({"/files/0/key": "out/secret.pdf"}),
            "the receipt names an object outside its own delivery",
        ),
        (
            json!({"/files/0/name": 7}),
            "the receipt lacks `name`, or `name` has a wrong value",
        ),
        (
            json!({"/schema_version": 2}),
            "the receipt has an unknown schema_version",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let (folder, mut receipt) = inbox.deliver(u8::try_from(minute).unwrap(), "a.pdf").await;
        for (path, value) in change.as_object().unwrap() {
            *receipt.pointer_mut(path).unwrap() = value.clone();
        }
        inbox.store(&folder, &receipt).await;
        expected.push(format!(
            "warning: the receipt `{folder}receipt.json` is untrustworthy: {why}\n"
        ));
    }
    let ten = "x".repeat(10_000_000);
    for (minute, body, why) in [
        (
            20,
            "",
            "the receipt is not JSON, or has a duplicate member, at line 1 column 0",
        ),
        (
            21,
            "\u{1b}[2J{",
            "the receipt is not JSON, or has a duplicate member, at line 1 column 1",
        ),
        (22, &*ten, "the receipt has more than 65536 bytes"),
    ] {
        let (folder, _) = inbox.deliver(minute, "a.pdf").await;
        inbox.put(&format!("{folder}receipt.json"), body).await;
        expected.push(format!(
            "warning: the receipt `{folder}receipt.json` is untrustworthy: {why}\n"
        ));
    }
    inbox.world.sandbox.clear_requests();
    let (documents, stderr) = inbox.json("in/", &["--long"]);
    assert_eq!(stderr, expected.concat());
    assert_eq!(documents.len(), 8);
    for found in &documents {
        assert_eq!(
            (&found["complete"], &found["name"]),
            (&json!(false), &Value::Null),
            "{found}"
        );
    }
    // The empty receipt and the receipt of 10 MB are not requested.
    assert_eq!(inbox.world.sandbox.requests().len(), 1 + 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_cannot_be_read_leaves_its_delivery_unknown() {
    let inbox = Inbox::new(Options::default()).await;
    let (folder, receipt) = inbox.deliver(1, "a.pdf").await;
    inbox.store(&folder, &receipt).await;
    inbox.world.sandbox.permit(Some(&["s3:ListBucket"]));
    let (documents, stderr) = inbox.json("in/", &["--long"]);
    assert_eq!(documents[0]["complete"], Value::Null);
    let warning = format!(
        "warning: the receipt `{folder}receipt.json` cannot be read: GetObject: 403 AccessDenied: "
    );
    assert!(stderr.starts_with(&warning), "{stderr}");
    inbox.world.sandbox.permit(Some(&["s3:GetObject"]));
    let refused = inbox.list("in/", &[]).exits(1);
    assert!(
        refused
            .stderr
            .starts_with("error: ListObjectsV2: 403 AccessDenied"),
        "{refused:?}"
    );
    assert!(refused.stderr.ends_with(
        "hint: grant s3:ListBucket to these credentials; if another account owns the bucket, name the account with --expected-owner\n"
    ), "{refused:?}");
}

/// A listing only reads, so it asks no server who owns the bucket. S3 checks the account if it is known.
#[tokio::test(flavor = "multi_thread")]
async fn on_aws_every_request_names_the_known_account() {
    let aws = Aws::new().await;
    aws.run_as(
        &OWNER,
        &["bootstrap", BUCKET, "--settle", "0s", "--no-presign"],
    )
    .exits(0);
    aws.log();
    let uri = format!("s3://{BUCKET}/");
    let page = "GET ?list-type=2&encoding-type=url".to_owned();
    aws.run_as(&OWNER, &["list", &uri]).exits(0);
    assert_eq!(aws.log(), [(page.clone(), None)]);
    for (account, code) in [("111122223333", 0), ("444455556666", 1)] {
        let args = ["list", &uri, "--expected-owner", account];
        let output = aws.run_as(&OWNER, &args).exits(code);
        let hint = "hint: check that the account in --expected-owner owns the bucket, and grant s3:ListBucket to these credentials\n";
        assert_eq!(output.stderr.ends_with(hint), code == 1, "{output:?}");
        assert_eq!(aws.log(), [(page.clone(), Some(account.to_owned()))]);
    }
    let refused = aws.run_as(&STRANGER, &["list", &uri]).exits(1);
    assert!(refused.stderr.contains("403 AccessDenied"), "{refused:?}");
}
