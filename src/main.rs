//! The `iam-preflight` program

use std::process::ExitCode;

fn main() -> ExitCode {
    iam_preflight::cli::main()
}
