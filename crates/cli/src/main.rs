//! `almoner`: the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    almoner_cli::main()
}
