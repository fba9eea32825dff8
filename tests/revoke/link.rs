//! `revoke` with an upload link: the page is deleted, its uploads are aborted, and copies of its forms and URLs
//! are refused.

use crate::support::program::{BUCKET, Output};
use crate::support::world::World;
use s3_sandbox::{Action, Fault, OWNER};
use serde_json::Value;

/// A published link, with what a customer could copy from its page.
struct Link {
    url: String,
    id: String,
    config: Value,
}

impl Link {
    async fn publish(world: &World) -> Self {
        let args = [
            "request",
            "s3://drop-box/in/",
            "--expires-in",
            "1h",
            "-o",
            "json",
        ];
        let document = world.run(&args).exits(0).json();
        let text = |name: &str| document[name].as_str().unwrap().to_owned();
        let url = text("link");
        let page = world.send("GET", &url, &[], "").await;
        assert_eq!(page.status, 200);
        let page = String::from_utf8(page.body).unwrap();
        let (_, config) = page.split_once("id=\"config\"").unwrap();
        let (_, config) = config.split_once('>').unwrap();
        let config = config.split("</script>").next().unwrap();
        Link {
            url,
            id: text("link_id"),
            config: serde_json::from_str(config).unwrap(),
        }
    }

    /// Uploads a file with the form of the page, as a customer with a copy of the page does.
    async fn upload(&self, world: &World) -> u16 {
        let mut body = String::new();
        let mut add = |name: &str, value: &str| {
            body += &format!(
                "--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
        };
        for field in self.config["forms"][0].as_array().unwrap() {
            let (name, value) = (field[0].as_str().unwrap(), field[1].as_str().unwrap());
            let key = format!("{}x/file.txt", self.config["folder"].as_str().unwrap());
            add(name, if name == "key" { &key } else { value });
        }
        add("file\"; filename=\"file.txt", "hello");
        body += "--b--\r\n";
        let kind = [("content-type", "multipart/form-data; boundary=b")];
        let url = self.config["url"].as_str().unwrap();
        world.send("POST", url, &kind, &body).await.status
    }
}

async fn hardened(more: &[&str]) -> World {
    let world = World::new(true).await;
    world.harden(more).exits(0);
    world
}

fn revoke(world: &World, link: &str) -> Output {
    let args = ["revoke", "-", "--yes"];
    let program = world.program(&OWNER, &world.sandbox.https(), &args);
    program.stdin(link.as_bytes()).run()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_link_and_copies_of_its_page_are_refused() {
    let world = hardened(&[]).await;
    let link = Link::publish(&world).await;
    let other = Link::publish(&world).await;
    assert_eq!(link.upload(&world).await, 201);
    let uri = format!("s3://{BUCKET}/in/{}/y/disk.img", link.id);
    let begun = world.run(&["presign", "multipart", &uri, "--size", "6MiB", "-o", "json"]);
    let part = begun.exits(0).json()["parts"][0]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let part_body = "p".repeat(6 << 20);
    assert_eq!(world.send("PUT", &part, &[], &part_body).await.status, 200);
    world.sandbox.clear_requests();
    let output = revoke(&world, &link.url).exits(0);
    let requests = world.log();
    let shown: Vec<&str> = requests
        .iter()
        .map(|line| line.split("?X-Amz").next().unwrap().trim_end())
        .map(|line| line.split("uploadId=").next().unwrap())
        .map(|line| line.split("uploads=").next().unwrap())
        .collect();
    assert_eq!(
        shown,
        [
            "HEAD",
            "GET",
            "GET",
            "GET ?policy",
            "GET",
            "PUT ?policy",
            "GET ?policy",
            "GET",
            "GET ?",
            "DELETE ?",
            "DELETE",
        ]
    );
    let lines: Vec<&str> = output.stderr.lines().collect();
    let expected = [
        "The revocation ends every presigned URL and form, not only the given URLs, for 1 link in bucket drop-box.",
        "S3 refuses a presigned request that S3 would otherwise accept.",
        "Aborted 1 unfinished upload.",
        "Deleted the page of the link.",
    ];
    for line in expected {
        assert!(lines.contains(&line), "{line}: {output:?}");
    }
    assert_eq!(world.send("GET", &link.url, &[], "").await.status, 403);
    assert_eq!(link.upload(&world).await, 403);
    assert_eq!(world.send("PUT", &part, &[], "part").await.status, 403);
    assert_eq!(world.send("GET", &other.url, &[], "").await.status, 200);
    assert_eq!(other.upload(&world).await, 201);
    // The page is gone, so the second run knows only the ID of the link.
    let again = revoke(&world, &link.url).exits(0);
    assert!(
        again.stderr.contains("The page of the link does not exist"),
        "{again:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_whose_url_is_lost_is_revoked_by_its_folder() {
    let world = hardened(&["--versioning"]).await;
    let link = Link::publish(&world).await;
    let uri = format!("s3://{BUCKET}/in/{}/", link.id);
    let output = world.run(&["revoke", &uri, "--yes", "-o", "json"]).exits(0);
    let arns: Vec<&str> = output.json()["revoked"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["arn"].as_str().unwrap().to_owned().leak() as &str)
        .collect();
    assert_eq!(
        arns,
        [
            &*format!(
                "arn:aws:s3:::{BUCKET}/.s3-secure-bucket/pages/{}.html",
                link.id
            ),
            &*format!("arn:aws:s3:::{BUCKET}/in/{}/*", link.id),
        ]
    );
    assert_eq!(world.send("GET", &link.url, &[], "").await.status, 403);
    assert_eq!(link.upload(&world).await, 403);
    let undone = world.run(&["revoke", "--undo", &uri]).exits(0);
    assert_eq!(undone.stdout.lines().count(), 2, "{undone:?}");
    assert_eq!(
        link.upload(&world).await,
        201,
        "a copy of the form works again"
    );
}

/// The folder comes from the page, because a mistyped prefix must not leave copies of the page in use.
#[tokio::test(flavor = "multi_thread")]
async fn a_mistyped_prefix_of_a_link_is_corrected() {
    let world = hardened(&[]).await;
    let link = Link::publish(&world).await;
    let uri = format!("s3://{BUCKET}/on/{}/", link.id);
    let output = world.run(&["revoke", &uri, "--yes"]).exits(0);
    let folder = format!("arn:aws:s3:::{BUCKET}/in/{}/*\n", link.id);
    assert!(output.stdout.contains(&folder), "{output:?}");
    assert_eq!(link.upload(&world).await, 403);
}

/// The page is gone, for example after an interrupted run, but copies of it must not work.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_without_its_page_is_revoked_by_its_id() {
    let world = hardened(&[]).await;
    let link = Link::publish(&world).await;
    let page = format!("s3://{BUCKET}/.s3-secure-bucket/pages/{}.html", link.id);
    let delete = world.presign(&world.sandbox.https(), &["delete", &page]);
    assert_eq!(world.send("DELETE", &delete, &[], "").await.status, 204);
    let output = revoke(&world, &link.url).exits(0);
    let wide = format!("arn:aws:s3:::{BUCKET}/*{}/*\n", link.id);
    assert!(output.stdout.contains(&wide), "{output:?}");
    assert!(!output.stderr.contains("Deleted the page"), "{output:?}");
    assert_eq!(link.upload(&world).await, 403);
}

/// The statement for everyone denies the deletion of the page too, so the page is deleted first.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_can_be_revoked_for_everyone() {
    let world = hardened(&[]).await;
    let link = Link::publish(&world).await;
    let uri = format!("s3://{BUCKET}/in/{}/", link.id);
    let args = ["revoke", &uri, "--yes", "--for-everyone"];
    let output = world.run(&args).exits(0);
    assert!(
        output.stderr.contains("Deleted the page of the link.\n"),
        "{output:?}"
    );
    assert_eq!(link.upload(&world).await, 403);
}

/// A server that ignores `s3:authType` still accepts copies of the form, but the link itself ends.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_deleted_even_if_the_server_ignores_the_statement() {
    let world = hardened(&[]).await;
    let link = Link::publish(&world).await;
    let answer = b"HTTP/1.1 206 Partial Content\r\ncontent-length: 1\r\nconnection: close\r\n\r\nx";
    world.sandbox.inject(Fault {
        method: Some("GET".to_owned()),
        path: Some("pages".to_owned()),
        subresource: Some("X-Amz-Signature".to_owned()),
        ..Fault::any(0, usize::MAX, Action::Raw(answer.to_vec()))
    });
    let output = revoke(&world, &link.url).exits(4);
    world.sandbox.clear_faults();
    assert!(output.stderr.ends_with("warning: this server ignores the condition key s3:authType: the page is deleted, but copies of its forms still work; to deny every request for the files of the link, also yours, add --for-everyone\n"), "{output:?}");
    assert_eq!(world.send("GET", &link.url, &[], "").await.status, 404);
    assert_eq!(link.upload(&world).await, 201);
}
