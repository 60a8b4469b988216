//! From needs over questions, calls and scripted answers to rows

mod merge;
mod plan;
mod world;
