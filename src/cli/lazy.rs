//! Subcommands whose options are worked out only for the one that is called: a start takes half as long as
//! with the options of all the others (one URL's process takes `straight`'s way, past all of them).

/// An enum of subcommands: `Variant(Args) = "name", "what it does";`. As clap's own derive, but for
/// [`clap::Command::defer`]; so what it does stands here, for the list in `--help`.
macro_rules! subcommands {
    ($enum:ident { $($variant:ident($args:ty) = $name:literal, $about:literal;)* }) => {
        #[derive(Debug)]
        enum $enum {
            $($variant($args),)*
        }

        impl clap::Subcommand for $enum {
            fn augment_subcommands(command: clap::Command) -> clap::Command {
                command$(.subcommand(
                    clap::Command::new($name)
                        .about($about)
                        .defer(|it| <$args as clap::Args>::augment_args(it).about($about)),
                ))*
            }

            fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
                Self::augment_subcommands(command)
            }

            fn has_subcommand(name: &str) -> bool {
                [$($name),*].contains(&name)
            }
        }

        impl clap::FromArgMatches for $enum {
            fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
                Self::from_arg_matches_mut(&mut matches.clone())
            }

            fn from_arg_matches_mut(matches: &mut clap::ArgMatches) -> Result<Self, clap::Error> {
                match matches.remove_subcommand() {
                    $(Some((name, mut given)) if name == $name => {
                        <$args as clap::FromArgMatches>::from_arg_matches_mut(&mut given)
                            .map(Self::$variant)
                    })*
                    _ => Err(clap::Error::raw(
                        clap::error::ErrorKind::MissingSubcommand,
                        "no command was given",
                    )),
                }
            }

            fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
                *self = Self::from_arg_matches(matches)?;
                Ok(())
            }
        }
    };
}

pub(super) use subcommands;
