//! The program: the command line in, an exit code out. Everything it can do stands in `cli/`, all
//! that it prints in `output/`.

mod cli;
mod failure;
mod output;

use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match cli::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(stop) => return stop.print(),
    };
    let printer = cli.printer();
    match cli::run(&cli, &printer) {
        Ok(code) => code.into(),
        Err(failure) => printer.failure(&failure),
    }
}
