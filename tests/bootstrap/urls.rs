//! Tests of the URLs that `bootstrap` prints on stdout as shell variables, and of the commands on
//! stderr that use the URLs.

use crate::support::program::Program;
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn prints_the_urls_as_shell_variables() {
    let world = World::new(true).await;
    let output = world.bootstrap(&["-o", "env"]).exits(0);
    let lines: Vec<&str> = output.stdout.lines().collect();
    let [put, get] = lines[..] else {
        panic!("{output:?}");
    };
    for (line, name, method) in [(put, "PUT_URL='", "PUT"), (get, "GET_URL='", "GET")] {
        let url = line
            .strip_prefix(name)
            .and_then(|url| url.strip_suffix('\''));
        let response = world.send(method, url.unwrap(), &[], "").await;
        assert_eq!(response.status, 200, "{response:?}");
    }
    assert!(
        output
            .stderr
            .contains("\nUpload and download with:\n  curl ")
    );
    assert!(output.stderr.ends_with(" \"$GET_URL\"\n"), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_text_form_name_the_variables() {
    let world = World::new(true).await;
    let output = world.bootstrap(&[]).exits(0);
    let end = " \"$GET_URL\"\nPUT_URL and GET_URL are the URLs on stdout. `-o env` prints them as shell variables.\n";
    assert!(output.stderr.ends_with(end), "{output:?}");
}

#[test]
fn refuses_shell_variables_for_several_buckets_and_without_urls() {
    for (words, situation) in [
        ("one-box two-box", "-o env prints the URLs of one bucket"),
        (
            "one-box --no-presign",
            "-o env prints URLs, and --no-presign creates none",
        ),
        (
            "one-box --dry-run",
            "-o env prints URLs, and --dry-run creates none",
        ),
    ] {
        let args = ["bootstrap", "-o", "env", "--endpoint", "http://127.0.0.1:9"];
        let words: Vec<&str> = words.split(' ').collect();
        let output = Program::new(&[&args[..], &words].concat()).run().exits(2);
        assert_eq!(output.stdout, "");
        assert_eq!(output.line("error: "), format!("error: {situation}"));
    }
}
