//! `iam-policy request` and `iam-policy list`: the printed actions are sufficient, and each one is necessary.

use crate::iam_policy::actions;
use crate::support::inbox::Inbox;
use crate::support::program::{BUCKET, Output, without_request_ids};
use crate::support::world::World;
use s3_sandbox::{Action, Fault, Options};

/// The printed actions on a server other than AWS.
fn printed(command: &[&str]) -> Vec<String> {
    let elsewhere = ["--endpoint", "https://s3.example.com"];
    actions(&[command, &elsewhere].concat())
        .into_iter()
        .collect()
}

fn permit(world: &World, actions: &[String]) {
    let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
    world.sandbox.permit(Some(&actions));
}

/// All actions except one.
fn without(actions: &[String], missing: &str) -> Vec<String> {
    let others = actions.iter().filter(|action| *action != missing);
    others.cloned().collect()
}

/// A bucket without Block Public Access, so that `request` also reads whether the bucket is public.
async fn open_bucket() -> World {
    let world = World::new(false).await;
    let skip = ["--skip", "public-access-block", "--versioning"];
    world.harden(&skip).exits(0);
    world
}

fn publish(world: &World) -> Output {
    world.run(&["request", "s3://drop-box/in/", "-o", "json"])
}

/// The messages of a run, without its times and the ID of its link.
fn messages(output: &Output) -> String {
    let text = without_request_ids(&output.stderr);
    let id = output.json()["link_id"].as_str().map(str::to_owned);
    let lines = text
        .lines()
        .filter(|line| !line.starts_with("The link works until"));
    let text: Vec<&str> = lines.collect();
    match id {
        Some(id) => text.join("\n").replace(&id, "LINK"),
        None => text.join("\n"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_request_policy_is_sufficient_and_necessary() {
    let actions = printed(&["request", BUCKET]);
    let world = open_bucket().await;
    let as_owner = publish(&world).exits(0);
    permit(&world, &actions);
    let whole = publish(&world).exits(0);
    assert_eq!(messages(&whole), messages(&as_owner));

    // Only a run that fails after the page was stored deletes the page.
    let on_failure = ["s3:DeleteObject", "s3:DeleteObjectVersion"];
    let of_a_run = actions
        .iter()
        .filter(|action| !on_failure.contains(&action.as_str()));
    for missing in of_a_run {
        permit(&world, &without(&actions, missing));
        let output = publish(&world);
        let works = output.code == 0 && messages(&output) == messages(&whole);
        assert!(!works, "{missing} is not needed: {output:?}");
    }
}

/// The number of versions and delete markers below `.s3-secure-bucket/pages/`.
async fn versions_of_pages(world: &World) -> usize {
    let uri = format!("s3://{BUCKET}/");
    let query = "prefix=.s3-secure-bucket/pages/";
    let args = ["get", &uri, "--query", "versions=", "--query", query];
    let url = world.presign(&world.sandbox.https(), &args);
    world.sandbox.permit(None);
    let list = world.send("GET", &url, &[], "").await.body;
    String::from_utf8(list).unwrap().matches("<Key>").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn request_needs_both_delete_actions_to_remove_a_page() {
    let actions = printed(&["request", BUCKET]);
    for (versioning, missing, left) in [
        (&[][..], "nothing", 0),
        (&["--versioning"], "nothing", 0),
        (&[], "s3:DeleteObject", 1),
        // The page is hidden by a delete marker, and its version stays.
        (&["--versioning"], "s3:DeleteObjectVersion", 2),
    ] {
        let world = World::new(true).await;
        world.harden(versioning).exits(0);
        world.sandbox.inject(Fault {
            path: Some("pages".to_owned()),
            method: Some("GET".to_owned()),
            ..Fault::any(0, usize::MAX, Action::error(403, "AccessDenied", &[]))
        });
        permit(&world, &without(&actions, missing));
        let output = publish(&world).exits(1);
        let named = output.stdout.contains("could not be removed");
        assert_eq!(named, missing == "s3:DeleteObject", "{output:?}");
        world.sandbox.clear_faults();
        assert_eq!(versions_of_pages(&world).await, left, "{missing}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_list_policy_is_sufficient_and_necessary() {
    let inbox = Inbox::new(Options::default()).await;
    let (folder, receipt) = inbox.deliver(15, "report.pdf").await;
    inbox.store(&folder, &receipt).await;
    for options in [
        &[][..],
        &["--long"],
        &["--wait", "1s", "--since", "1h"],
        &["--expected-owner", "111122223333"],
    ] {
        let actions = printed(&[&["list", BUCKET], options].concat());
        permit(&inbox.world, &actions);
        let whole = inbox.list("in/", options).exits(0);
        assert_eq!((whole.stdout.lines().count(), &*whole.stderr), (1, ""));
        for missing in &actions {
            permit(&inbox.world, &without(&actions, missing));
            let output = inbox.list("in/", options);
            let works = output.code == 0 && output.stderr.is_empty();
            assert!(!works, "{options:?}: {missing} is not needed: {output:?}");
        }
    }
}
