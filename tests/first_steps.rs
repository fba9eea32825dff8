//! Tests of the program without a command, which new users see first.

use crate::support::program::{COMMANDS, Program};

/// The program prints the list of commands on stderr, because stdout is for data, and a script that
/// forgets the command must get no data.
#[test]
fn the_program_without_a_command_lists_the_commands() {
    let output = Program::bare(&[]).run().exits(2);
    assert_eq!(output.stdout, "");
    let lines: Vec<&str> = output.stderr.lines().collect();
    assert_eq!(lines[0], "Usage: s3-secure-bucket [OPTIONS] <COMMAND>");
    assert_eq!(lines[2], "Commands:");
    let listed: Vec<&str> = lines[3..]
        .iter()
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help")
        .collect();
    assert_eq!(listed, COMMANDS);
    assert_eq!(lines.last(), Some(&"hint: see s3-secure-bucket --help"));
    // The list has at most 20 lines, so that a small terminal shows the whole list.
    assert!(lines.len() <= 20, "{output:?}");
}

#[test]
fn options_without_a_command_list_the_commands_too() {
    let bare = Program::bare(&[]).run().exits(2);
    let output = Program::bare(&["--region", "eu-central-1"]).run().exits(2);
    assert_eq!((output.stdout, output.stderr), (bare.stdout, bare.stderr));
}

#[test]
fn a_command_without_its_subcommand_lists_the_subcommands() {
    let output = Program::bare(&["presign"]).run().exits(2);
    assert_eq!(output.stdout, "");
    for method in ["get", "put", "head", "delete", "post"] {
        let line = format!("\n  {method} ");
        assert!(output.stderr.contains(&line), "{method}: {output:?}");
    }
    let hint = "\nhint: see s3-secure-bucket presign --help\n";
    assert!(output.stderr.ends_with(hint), "{output:?}");
}

/// Without this error, a job whose list of buckets is empty by mistake would look like a success.
#[test]
fn a_command_that_needs_buckets_refuses_an_empty_list() {
    for command in ["audit", "bootstrap"] {
        for more in [
            &[][..],
            &["--from", "-"],
            &["--from", "-", "--shard", "0/2"],
            &["--from", "/dev/null"],
        ] {
            let args = [&[command], more, &["--region", "eu-central-1"]].concat();
            let output = Program::new(&args).stdin(b"# none\n\n").run().exits(2);
            assert_eq!(output.line("error: "), "error: no bucket is named");
            let hint = "hint: name ";
            assert!(output.line("hint: ").starts_with(hint), "{output:?}");
        }
    }
    for command in ["verify", "iam-policy"] {
        let output = Program::new(&[command]).run().exits(2);
        assert!(output.line("error: ").contains("<BUCKET>"), "{output:?}");
    }
}
