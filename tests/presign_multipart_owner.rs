//! `presign multipart`: the URLs have the credentials with which the program verified the owner of the bucket.

use crate::support::program::{BUCKET, Program};
use crate::support::world::World;
use s3_sandbox::{OWNER, STRANGER, User};

fn document(user: &User) -> String {
    format!(
        r#"{{"Version":1,"AccessKeyId":"{}","SecretAccessKey":"{}"}}"#,
        user.access_key_id, user.secret_access_key
    )
}

/// A credential process that returns other credentials in its second run runs only once.
#[tokio::test(flavor = "multi_thread")]
async fn the_credentials_are_resolved_once() {
    let world = World::new(true).await;
    world.harden(&[]).exits(0);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("first"), document(&OWNER)).unwrap();
    std::fs::write(path("second"), document(&STRANGER)).unwrap();
    let script = format!(
        "cat {0}/first; echo run >>{0}/runs; cp {0}/second {0}/first\n",
        folder.path().display()
    );
    std::fs::write(path("process.sh"), script).unwrap();
    let config = format!(
        "[default]\nregion = us-east-1\ncredential_process = sh {}\n",
        path("process.sh")
    );
    std::fs::write(path("config"), config).unwrap();
    let uri = format!("s3://{BUCKET}/in/disk.img");
    let args = ["presign", "multipart", &uri, "--size", "100", "-o", "json"];
    let output = Program::bare(&args)
        .env("PATH", "/usr/bin:/bin")
        .env("AWS_CONFIG_FILE", &path("config"))
        .env("AWS_ENDPOINT_URL_S3", &world.sandbox.https())
        .env("AWS_CA_BUNDLE", &world.ca())
        .run()
        .exits(0);
    assert_eq!(std::fs::read_to_string(path("runs")).unwrap(), "run\n");
    let credential = format!("X-Amz-Credential={}%2F", OWNER.access_key_id);
    let document = output.json();
    for url in [&document["complete_url"], &document["parts"][0]["url"]] {
        assert!(url.as_str().unwrap().contains(&credential), "{url}");
    }
}

#[test]
fn an_owner_that_cannot_be_verified_is_wrong_usage() {
    let args = "presign multipart s3://my-drop-box/k --size 1GB -o json --upload-id x --expected-owner 111122223333";
    let words: Vec<&str> = args.split(' ').collect();
    let output = Program::new(&words).run().exits(2);
    assert_eq!(
        output.stderr,
        "error: with --upload-id, the program sends nothing, so it cannot verify the owner that --expected-owner names\nhint: omit --expected-owner, or omit --upload-id to begin a new upload\n"
    );
}
