//! Tests of the options in the lines of `--from`, for `bootstrap`, `audit` and `iam-policy`.

use crate::support::program::Program;
use crate::support::world::World;
use serde_json::Value;

fn list(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

const LINES: &str = "plain\n\
    versioned --versioning --tag team=a # with a comment\n\
    ruled --abort-incomplete-days 3\n";

#[tokio::test(flavor = "multi_thread")]
async fn each_bucket_has_the_options_of_its_line() {
    let world = World::new(true).await;
    let file = list(LINES);
    let from = file.path().to_str().unwrap();
    let more = ["--no-presign", "--abort-incomplete-days", "9"];
    let args = [&["bootstrap", "--from", from][..], &more].concat();
    world.run(&args).exits(0);
    let same = ["--abort-incomplete-days", "9", "-o", "json"];
    let output = world.run(&[&["audit", "--from", from][..], &same].concat());
    let lines = output.exits(0);
    let ids = |bucket: &str| -> Vec<String> {
        let of = |line: &str| serde_json::from_str::<Value>(line).unwrap();
        let all = lines.stdout.lines().map(of);
        let line = all
            .into_iter()
            .find(|line| line["bucket"] == bucket)
            .unwrap();
        let controls = line["controls"].as_array().unwrap().clone();
        controls
            .iter()
            .map(|it| it["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let has = |bucket: &str, id: &str| ids(bucket).iter().any(|known| known == id);
    assert!(has("versioned", "versioning") && has("versioned", "tags"));
    assert!(!has("plain", "versioning") && !has("ruled", "tags"));
    // Each line has its own desired state: 3 days win over the 9 days of the command line.
    let nine = ["audit", "ruled", "--abort-incomplete-days", "9"];
    world.run(&nine).exits(0);
    let three = ["audit", "plain", "--abort-incomplete-days", "3"];
    world.run(&three).exits(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejects_a_line_with_an_option_that_controls_do_not_have() {
    let world = World::new(true).await;
    for (line, error) in [
        ("one --no-presign", "unexpected argument '--no-presign'"),
        ("one --versioning two", "unexpected argument 'two'"),
        ("one --tag", "a value is required for '--tag <KEY=VALUE>'"),
        ("one --log-bucket one", "one would log to itself"),
        ("one two", "`one two` is not a bucket name"),
    ] {
        let file = list(line);
        let from = file.path().to_str().unwrap();
        for command in ["bootstrap", "audit", "iam-policy"] {
            let args: &[&str] = match command {
                "iam-policy" => &["iam-policy", "audit", "--from", from],
                command => &[command, "--from", from],
            };
            let output = world.run(args).exits(2);
            assert!(output.stderr.contains(error), "{line} {output:?}");
            assert!(output.stderr.contains("\nhint: "), "{line} {output:?}");
        }
    }
    assert_eq!(world.log(), [""; 0]);
}

#[test]
fn iam_policy_allows_what_each_line_needs() {
    let file = list("one\nthree\ntwo --versioning\n");
    let from = file.path().to_str().unwrap();
    let output = Program::bare(&["iam-policy", "audit", "--from", from])
        .run()
        .exits(0);
    let json = output.json();
    let statements = json["Statement"].as_array().unwrap();
    let with = |action: &str| -> Vec<String> {
        let has = |it: &&Value| {
            it["Action"]
                .as_array()
                .unwrap()
                .iter()
                .any(|known| known == action)
        };
        let shown = |it: &Value| format!("{} {}", it["Sid"], it["Resource"]);
        statements.iter().filter(has).map(shown).collect()
    };
    assert_eq!(
        with("s3:GetBucketPolicy"),
        [
            r#""Read" ["arn:aws:s3:::one","arn:aws:s3:::three"]"#,
            r#""Read2" "arn:aws:s3:::two""#
        ]
    );
    assert_eq!(
        with("s3:GetBucketVersioning"),
        [r#""Read2" "arn:aws:s3:::two""#]
    );
}
