//! A second opinion: a small, slow evaluator, written from the numbered rules alone, against the engine
//!
//! `IAM_PREFLIGHT_CASES` sets the number of random cases, `IAM_PREFLIGHT_SEED` where they start.

#[cfg(test)]
mod second_opinion {
    mod caller;
    mod completion;
    mod condition;
    mod deviation;
    mod generate;
    mod glob;
    mod properties;
    mod public_policy;
    mod question;
    mod statement;
    mod template;
    mod value;
    mod verdict;
}
