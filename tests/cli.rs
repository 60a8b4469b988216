//! The program from outside: what people and scripts see of `iam-preflight`, as whole processes

#[cfg(test)]
#[path = "cli/bad_input.rs"]
mod bad_input;
#[cfg(test)]
#[path = "cli/breadth.rs"]
mod breadth;
#[cfg(test)]
#[path = "cli/configuration.rs"]
mod configuration;
#[cfg(test)]
#[path = "cli/diff.rs"]
mod diff;
#[cfg(test)]
#[path = "cli/documents.rs"]
mod documents;
#[cfg(test)]
#[path = "cli/examples.rs"]
mod examples;
#[cfg(test)]
#[path = "cli/expectations.rs"]
mod expectations;
#[cfg(test)]
#[path = "cli/gate.rs"]
mod gate;
#[cfg(test)]
#[path = "cli/harness.rs"]
mod harness;
#[cfg(test)]
#[path = "cli/html.rs"]
mod html;
#[cfg(test)]
#[path = "cli/inputs.rs"]
mod inputs;
#[cfg(test)]
#[path = "cli/lint.rs"]
mod lint;
#[cfg(test)]
#[path = "cli/manifests.rs"]
mod manifests;
#[cfg(test)]
#[path = "cli/migration.rs"]
mod migration;
#[cfg(test)]
#[path = "cli/missing_facts.rs"]
mod missing_facts;
#[cfg(test)]
#[path = "cli/never_false.rs"]
mod never_false;
#[cfg(test)]
#[path = "cli/objects.rs"]
mod objects;
#[cfg(test)]
#[path = "cli/operations.rs"]
mod operations;
#[cfg(test)]
#[path = "cli/outcomes.rs"]
mod outcomes;
#[cfg(test)]
#[path = "cli/pipelines.rs"]
mod pipelines;
#[cfg(test)]
#[path = "cli/sample_policies.rs"]
mod sample_policies;
#[cfg(test)]
#[path = "cli/terraform.rs"]
mod terraform;
#[cfg(test)]
#[path = "cli/what_if.rs"]
mod what_if;
