//! Tests of the definitions of the command line.

use super::*;
use clap::CommandFactory;

#[test]
fn clap_accepts_the_definitions() {
    Cli::command().debug_assert();
}

/// When clap builds a command, a doc comment on an argument struct, even a flattened one, would replace
/// the help text of the command.
#[test]
fn building_a_command_keeps_its_help_text() {
    fn abouts(command: &clap::Command) -> Vec<String> {
        let about = command.get_about().map(ToString::to_string);
        let own = format!("{}: {}", command.get_name(), about.unwrap_or_default());
        let below = command.get_subcommands();
        let below = below.filter(|command| command.get_name() != "help");
        std::iter::once(own).chain(below.flat_map(abouts)).collect()
    }
    let mut program = Cli::command();
    let listed = abouts(&program);
    program.build();
    let built = abouts(&program);
    for about in &listed {
        assert!(built.contains(about), "{about}");
    }
    assert_eq!(program.get_subcommands().count(), 14, "and help");
    for command in built {
        assert!(!command.ends_with(": "), "{command}");
    }
}

/// Completion scripts contain value names unescaped, and zsh interprets quotes and colons.
#[test]
fn value_names_need_no_escaping_in_shells() {
    fn check(command: &clap::Command) {
        for argument in command.get_arguments() {
            for name in argument.get_value_names().unwrap_or_default() {
                assert!(
                    !name.contains(['\'', '"', ' ']),
                    "{} {name}",
                    command.get_name()
                );
            }
        }
        command.get_subcommands().for_each(check);
    }
    let mut program = Cli::command();
    program.build();
    check(&program);
}
