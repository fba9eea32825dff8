//! The question of `revoke` on a terminal.

use super::{KEY, hardened};
use crate::support::world::World;
use s3_sandbox::OWNER;

/// Runs `revoke` on a new terminal and answers its question. Returns the exit code and the text on the
/// terminal.
fn answered(world: &World, answer: &str) -> (i32, String) {
    let revoke = world.program(&OWNER, &world.sandbox.https(), &["revoke", KEY]);
    revoke.on_terminal("", "Type yes to continue", answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn only_yes_on_the_terminal_revokes() {
    let world = hardened().await;
    for no in ["no\n", "\n", "\x03"] {
        let (code, shown) = answered(&world, no);
        assert_eq!(code, 1, "{no:?} {shown}");
        assert!(
            shown.contains("not confirmed; nothing was changed"),
            "{shown}"
        );
    }
    assert_eq!(world.log(), Vec::<String>::new());
    let (code, shown) = answered(&world, "yes\n");
    assert_eq!(code, 0, "{shown}");
    assert!(
        shown.contains("S3 refuses a presigned request that S3 would otherwise accept."),
        "{shown}"
    );
    assert_eq!(world.writes(), ["PUT ?policy"]);
}
