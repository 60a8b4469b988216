//! Never a false `ready`, never a false `blocked`: one named case for each way there that was once open

use std::path::Path;

use crate::harness::{Report, Run, Scratch, TRAINER, example, example_text, named, policy, word};

fn with_policy(flag: &str, scratch: &Scratch, statement: &str) -> Run {
    Run::example("ready").arg(flag).arg(scratch.write("what-if.json", policy(statement)))
}
