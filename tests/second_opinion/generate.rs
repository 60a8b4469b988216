//! Realistic cases: one small world of names, requests from it, and policies that hit or narrowly miss the request

mod conditions;
mod dice;
mod policies;
mod principals;
mod requests;
mod resources;
mod strategy;
mod vocabulary;

pub(crate) use strategy::Cases;
